"""The official Python client: plain, dynamic, watches."""

import sys
from importlib.metadata import version

from kubernetes import client, dynamic, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream

from report import REVISION_STATE, SERVER, Report, revision

live = "--live" in sys.argv
report = Report(f"kubernetes {version('kubernetes')}" + (" on a device" if live else ""))
check = report.check
configuration = client.Configuration()
configuration.host = SERVER
api = client.ApiClient(configuration)
custom = client.CustomObjectsApi(api)
group = ("pantavisor.io", "v1")


def refused(status, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except ApiException as error:
        return error.status == status or f"{error.status} instead of {status}"
    return "it was not refused"


def plain(_):
    containers = custom.list_cluster_custom_object(*group, "containers")["items"]
    check("list", len(containers) == 6, len(containers))
    created = custom.create_cluster_custom_object(*group, "revisions", revision("python"))
    check("create", created["metadata"]["generation"] == 1)
    check("again", refused(409, custom.create_cluster_custom_object, *group, "revisions", revision("python")) is True)
    patched = custom.patch_cluster_custom_object(*group, "revisions", "python", {"metadata": {"labels": {"a": "b"}}})
    check("patch", patched["metadata"]["labels"] == {"a": "b"}, patched)
    custom.delete_cluster_custom_object(*group, "revisions", "python")
    check("gone", refused(404, custom.get_cluster_custom_object, *group, "revisions", "python") is True)


def through_discovery(_):
    kinds = dynamic.DynamicClient(api).resources
    revisions = kinds.get(api_version="pantavisor.io/v1", kind="Revision")
    check("short names", revisions.short_names == ["rev"], revisions.short_names)
    applied = revisions.server_side_apply(body=revision("dynamic"), name="dynamic", field_manager="python")
    check("apply", applied.metadata.name == "dynamic")
    check("selector", len(revisions.get(field_selector="metadata.name=dynamic").items) == 1)
    status = revisions.status.patch(
        name="dynamic", body={"status": {"mine": 1}}, content_type="application/merge-patch+json"
    )
    check("status", "mine" not in status.to_dict()["status"])
    check("delete", revisions.delete(name="dynamic").status == "Success")
    check("not found", refused(404, revisions.get, name="dynamic") is True)


def watching(_):
    before = custom.list_cluster_custom_object(*group, "containers")["metadata"]["resourceVersion"]
    for value in ("1", "2"):
        body = {"metadata": {"annotations": {"python": value}}}
        custom.patch_cluster_custom_object(*group, "containers", "counter", body)
    stream_of = watch.Watch().stream(
        custom.list_cluster_custom_object, *group, "containers", resource_version=before, timeout_seconds=5
    )
    seen = []
    for event in stream_of:
        seen.append((event["type"], event["object"]["metadata"]["annotations"]["python"]))
        if len(seen) == 2:
            break
    check("every change once", seen == [("MODIFIED", "1"), ("MODIFIED", "2")], seen)
    initial = watch.Watch().stream(custom.list_cluster_custom_object, *group, "containers", timeout_seconds=1)
    check("initial events", sorted({event["type"] for event in initial}) == ["ADDED"])

    def unknown_version():
        for _ in watch.Watch().stream(
            custom.list_cluster_custom_object, *group, "containers", resource_version="18000000000000000000", timeout_seconds=5
        ):
            pass

    check("a version nobody gave out", refused(410, unknown_version) is True)


def typed(_):
    core = client.CoreV1Api(api)
    check("pods", len(core.list_namespaced_pod("default").items) == 6)
    check("node", core.read_node("self").status.conditions[0].type == "Ready")
    check("events", len(core.list_namespaced_event("default").items) > 0)
    deployment = client.AppsV1Api(api).read_namespaced_deployment_status("device", "default")
    check("deployment", deployment.status.available_replicas == 1)
    versions = [group.name for group in client.ApisApi(api).get_api_versions().groups]
    check("groups", versions[0] == "pantavisor.io", versions)


def running(_):
    core = client.CoreV1Api(api)
    check("log", len(core.read_namespaced_pod_log("counter", "default", tail_lines=1)) > 0)
    said = stream(
        core.connect_get_namespaced_pod_exec, "counter", "default", command=["echo", "hello"], stdout=True, stderr=True
    )
    check("exec", said == "hello\n", repr(said))


if live:
    report.run(running)
else:
    report.run(plain, through_discovery, watching, typed)
