"""Counts checks and ends with one line: what was checked, or what failed."""

import os
import sys
import time
import traceback

SERVER = os.environ["SERVER"]  # http://127.0.0.1:PORT
REVISION_STATE = {"#spec": "pantavisor-service-system@1"}


class Report:
    def __init__(self, name):
        self.name, self.passed, self.failures = name, 0, []

    def check(self, what, condition, found=""):
        if condition:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {found}" if found != "" else what)

    def run(self, *steps):
        for step in steps:
            try:
                step(self)
            except Exception:
                self.failures.append(f"{step.__name__}: {traceback.format_exc(limit=3)}")
        if not self.failures:
            print(f"ok      {self.name}: {self.passed} checks")
            sys.exit(0)
        print(f"FAILED  {self.name}: {len(self.failures)} of {self.passed + len(self.failures)} checks")
        for failure in self.failures:
            print("        | " + failure.strip().replace("\n", "\n        | "))
        sys.exit(1)


def revision(name, **metadata):
    return {
        "apiVersion": "pantavisor.io/v1",
        "kind": "Revision",
        "metadata": {"name": name, **metadata},
        "spec": {"state": REVISION_STATE},
    }


def eventually(condition, seconds=15):
    """Asks until it is so; the last answer."""
    end = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer
