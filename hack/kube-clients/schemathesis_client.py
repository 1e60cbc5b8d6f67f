"""Schemathesis: requests made from the device's own OpenAPI documents, and answers checked against them."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from report import SERVER

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def explore(document, examples):
    """Runs over one document; how many requests there were, and what it says when something is wrong."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "openapi.json"
        path.write_bytes(requests.get(SERVER + document).content)
        program = Path(sys.executable).parent / "schemathesis"
        run = subprocess.run(
            [program, "run", path, "--url", SERVER, "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
             "--max-examples", str(examples), "--seed", "1", "--no-color", "--suppress-health-check", "all",
             "--generation-database", "none"],
            capture_output=True, text=True, cwd=directory)
    cases = re.search(r"(\d+) generated", run.stdout)
    return int(cases[1]) if cases else 0, "" if run.returncode == 0 else run.stdout + run.stderr


def main():
    paths = requests.get(f"{SERVER}/openapi/v3").json()["paths"]
    total, failures = 0, []
    for path in paths.values():
        count, failure = explore(path["serverRelativeURL"], 20)
        total += count
        if failure:
            failures.append(failure)
    if total == 0:
        failures.append("no request was made")
    print(f"{'FAILED ' if failures else 'ok     '} schemathesis: {total} requests from {len(paths)} documents")
    for failure in failures:
        print("        | " + "\n".join(failure.splitlines()[-80:]).replace("\n", "\n        | "))
    sys.exit(1 if failures else 0)


main()
