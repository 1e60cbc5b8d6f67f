"""kr8s: discovery in the old form, paths with a slash at their end, exec over the fourth protocol."""

import os
import sys
import tempfile
from importlib.metadata import version

import kr8s
from kr8s.objects import APIObject, Pod, new_class

from report import SERVER, Report, revision

live = "--live" in sys.argv
report = Report(f"kr8s {version('kr8s')}" + (" on a device" if live else ""))
check = report.check
kubeconfig = tempfile.NamedTemporaryFile("w", suffix=".yaml")
kubeconfig.write(
    f"""apiVersion: v1
kind: Config
clusters: [{{name: device, cluster: {{server: "{SERVER}"}}}}]
contexts: [{{name: device, context: {{cluster: device, user: me}}}}]
users: [{{name: me, user: {{}}}}]
current-context: device
"""
)
kubeconfig.flush()
api = kr8s.api(kubeconfig=kubeconfig.name)
Revision = new_class("Revision", "pantavisor.io/v1", namespaced=False)
Container = new_class("Container", "pantavisor.io/v1", namespaced=False)


def resources(_):
    check("version", "pantavisor" in api.version()["gitVersion"])
    check("discovery", any(kind["name"] == "containers" for kind in api.api_resources()))
    check("list", len(list(api.get("containers.pantavisor.io"))) == 6)
    check("by name", [c.name for c in api.get("containers.pantavisor.io", "counter")] == ["counter"])
    made = Revision(revision("kr8s"), api=api)
    made.create()
    check("exists", made.exists())
    made.label({"a": "b"})
    made.patch({"metadata": {"annotations": {"x": "y"}}})
    made.refresh()
    check("changed", made.labels["a"] == "b" and made.annotations["x"] == "y", made.raw)
    made.delete()
    made.wait("delete", timeout=10)
    check("deleted", not made.exists())


def watching(_):
    seen = []
    for kind, container in api.watch("containers.pantavisor.io"):
        seen.append(kind)
        if len(seen) == 6:
            break
    check("initial events", seen == ["ADDED"] * 6, seen)


def running(_):
    pod = Pod.get("counter", namespace="default", api=api)
    check("ready", pod.ready())
    check("log", len(list(pod.logs(tail_lines=1))) == 1)
    check("exec", pod.exec(["echo", "hello"]).stdout == b"hello\n")


if live:
    report.run(running)
else:
    report.run(resources, watching)
