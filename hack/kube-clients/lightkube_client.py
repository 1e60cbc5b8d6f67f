"""lightkube: no discovery at all, and a content type that must be exactly JSON."""

import sys
from importlib.metadata import version

import lightkube
from lightkube.config.models import Cluster, User
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_global_resource
from lightkube.resources.core_v1 import Node, Pod
from lightkube.types import PatchType

from report import SERVER, Report, revision

report = Report(f"lightkube {version('lightkube')}" + (" on a device" if "--live" in sys.argv else ""))
check = report.check
config = lightkube.KubeConfig.from_one(cluster=Cluster(server=SERVER), user=User())
client = lightkube.Client(config=config, field_manager="lightkube", namespace="default")
Revision = create_global_resource("pantavisor.io", "v1", "Revision", "revisions")
Container = create_global_resource("pantavisor.io", "v1", "Container", "containers")


def resources(_):
    check("list", len(list(client.list(Container))) == 6)
    check("chunks", len(list(client.list(Container, chunk_size=2))) == 6)
    check("selector", [c.metadata.name for c in client.list(Container, fields={"metadata.name": "counter"})] == ["counter"])
    made = client.apply(Revision(revision("lightkube")))
    check("apply", made.metadata.generation == 1)
    patched = client.patch(Revision, "lightkube", {"metadata": {"labels": {"a": "b"}}}, patch_type=PatchType.MERGE)
    check("patch", patched.metadata.labels == {"a": "b"})
    patched["metadata"]["labels"]["a"] = "c"
    check("replace", client.replace(patched).metadata.labels == {"a": "c"})
    client.delete(Revision, "lightkube")
    try:
        client.get(Revision, "lightkube")
        check("an error", False)
    except ApiError as error:
        check("an error", error.status.code == 404 and error.status.reason == "NotFound", error)
    check("pod", client.get(Pod, "counter").status.phase == "Running")
    check("node", client.get(Node, "self").metadata.name == "self")


def watching(_):
    seen = []
    for kind, container in client.watch(Container, server_timeout=2):
        seen.append(kind)
        if len(seen) == 6:
            break
    check("initial events", seen == ["ADDED"] * 6, seen)


def running(_):
    check("log", len(list(client.log("counter", tail_lines=1))) == 1)


report.run(*((running,) if "--live" in sys.argv else (resources, watching)))
