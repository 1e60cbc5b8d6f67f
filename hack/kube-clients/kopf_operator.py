"""Two operators under kopf: one with every kind of handler, and the one in docs/write-an-operator.md."""

import os
import re
import sys
import tempfile
from importlib.metadata import version

import kopf
import kubernetes
from kopf.testing import KopfRunner

from report import SERVER, Report, eventually, revision

OPERATOR = '''
import kopf

@kopf.on.login()
def login(**_):
    return kopf.ConnectionInfo(server="SERVER")

@kopf.on.resume("pantavisor.io", "v1", "revisions")
def resumed(patch, **_):
    patch.metadata.labels["resumed"] = "yes"

@kopf.on.create("pantavisor.io", "v1", "revisions")
def created(patch, **_):
    patch.metadata.labels["created"] = "yes"
    return {"said": "hello"}

@kopf.on.update("pantavisor.io", "v1", "revisions", field="metadata.labels.wish")
def updated(new, patch, **_):
    patch.metadata.labels["granted"] = new

@kopf.on.delete("pantavisor.io", "v1", "revisions")
def deleted(name, **_):
    open("DIRECTORY/deleted", "a").write(name + "\\n")
'''

report = Report(f"kopf {version('kopf')}")
check = report.check
directory = tempfile.mkdtemp()
configuration = kubernetes.client.Configuration()
configuration.host = SERVER
custom = kubernetes.client.CustomObjectsApi(kubernetes.client.ApiClient(configuration))
group = ("pantavisor.io", "v1")


def operator(name, text):
    path = f"{directory}/{name}.py"
    with open(path, "w") as file:
        file.write(text.replace("SERVER", SERVER).replace("DIRECTORY", directory))
    return KopfRunner(["run", "--standalone", "--all-namespaces", path], timeout=60)


def metadata(name, kind="revisions"):
    return custom.get_cluster_custom_object(*group, kind, name)["metadata"]


def label(name, key):
    return eventually(lambda: metadata(name).get("labels", {}).get(key))


def handlers(_):
    with operator("handlers", OPERATOR) as runner:
        custom.create_cluster_custom_object(*group, "revisions", revision("before"))
        check("created", label("before", "created") == "yes")
    check("no error of the first", runner.exception is None, runner.output[-2000:])
    with operator("handlers", OPERATOR) as runner:
        check("resumed", label("before", "resumed") == "yes")
        custom.create_cluster_custom_object(*group, "revisions", revision("during"))
        check("created", label("during", "created") == "yes")
        check("finalizer", eventually(lambda: metadata("during").get("finalizers")))
        custom.patch_cluster_custom_object(*group, "revisions", "during", {"metadata": {"labels": {"wish": "peace"}}})
        check("updated", label("during", "granted") == "peace")
        for name in ("before", "during"):
            custom.delete_cluster_custom_object(*group, "revisions", name)
        names = lambda: [item["metadata"]["name"] for item in custom.list_cluster_custom_object(*group, "revisions")["items"]]
        gone = lambda: not {"before", "during"} & set(names())
        check("deleted", eventually(gone))
        told = lambda: sorted(open(f"{directory}/deleted").read().split()) == ["before", "during"]
        check("handler of the deletion", eventually(lambda: os.path.exists(f"{directory}/deleted") and told()))
    check("no error", runner.exception is None and "Traceback" not in runner.output, runner.output[-2000:])


def documented(_):
    text = open(os.path.dirname(__file__) + "/../../docs/write-an-operator.md").read()
    program = re.search(r"```python\n(.*?)```", text, re.S).group(1)
    check("its length", len(program.splitlines()) <= 40, len(program.splitlines()))
    degraded = os.environ["DEGRADED"]
    program = program.replace("http://127.0.0.1:8001", degraded)
    configuration.host = degraded
    with operator("documented", program) as runner:
        restarted = lambda: metadata("flaky", "containers").get("annotations", {}).get("pantavisor.io/restartedAt")
        check("it restarts what gave up", eventually(restarted))
    check("no error of it", runner.exception is None and "Traceback" not in runner.output, runner.output[-2000:])


report.run(handlers, documented)
