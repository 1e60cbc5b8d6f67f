"""Everything kubectl can do here, with the executable that is given: kubectl.py KUBECTL [--live]"""

import json
import os
import re
import subprocess
import sys
import tempfile

from report import REVISION_STATE, SERVER, Report, eventually, revision

program, live = sys.argv[1], "--live" in sys.argv
home = tempfile.mkdtemp()
environment = {"HOME": home, "KUBECONFIG": "/dev/null", "PATH": "/usr/bin:/bin", "KUBE_EDITOR": "sed -i s/old/new/"}


def command(*words):
    return [program, "-s", SERVER, "--cache-dir", home + "/cache", *words]


def kubectl(*words, stdin="", status=0, **extra):
    """What it prints; a status that is not expected becomes part of it."""
    done = subprocess.run(
        command(*words), input=stdin, capture_output=True, text=True, timeout=60, env={**environment, **extra}
    )
    text = done.stdout + done.stderr
    return text if done.returncode == status else f"[status {done.returncode}] {text}"


version = json.loads(kubectl("version", "--client", "-o", "json"))["clientVersion"]["gitVersion"].split("-")[0]
minor = int(version.split(".")[1])
name = f"k{minor}"
report = Report(f"kubectl {version}" + (" on a device" if live else ""))
check = report.check


def says(what, text, *parts):
    missing = [part for part in parts if part not in text]
    check(what, not missing, f"{missing} is missing from {text!r}")


def discovery(_):
    says("api-resources", kubectl("api-resources"), "containers", "pantavisor.io/v1", "revisions", "pods")
    says("api-versions", kubectl("api-versions"), "pantavisor.io/v1\n", "metrics.k8s.io/v1beta1\n")
    says("version", kubectl("version"), "Server Version")
    says("explain", kubectl("explain", "container.spec.autoRecovery"), "maxRetries", "<integer>", "0 = no limit")
    says("explain a kind", kubectl("explain", "revision.spec", "--recursive"), "commitMessage", "state")


def reading(_):
    table = kubectl("get", "containers")
    check("table", re.match(r"NAME +READY +STATUS +GROUP +GOAL +RESTARTS +AGE\n", table), table)
    says("wide", kubectl("get", "ct", "-o", "wide"), "PID", "REVISION")
    says("two kinds", kubectl("get", "rev,grp"), "revision.pantavisor.io/0", "group.pantavisor.io/root")
    says("all", kubectl("get", "all"), "container.pantavisor.io/counter", "device.pantavisor.io/self")
    says("yaml", kubectl("get", "ct", "counter", "-o", "yaml"), "kind: Container")
    says("jsonpath", kubectl("get", "ct", "counter", "-o", "jsonpath={.spec.group}"), "platform")
    says("columns", kubectl("get", "ct", "-o", "custom-columns=N:.metadata.name,G:.spec.group"), "counter")
    selected = kubectl("get", "ct", "-o", "name", "--field-selector", "spec.group=platform")
    check("field selector", selected.split() == [f"container.pantavisor.io/{n}" for n in ("counter", "sensor")], selected)
    says("a field that is not", kubectl("get", "ct", "--field-selector", "spec.nope=1", status=1), "spec.nope")
    chunks = kubectl("get", "ct", "--chunk-size=2", "-o", "name").split()
    check("chunks", chunks == sorted(chunks) and len(chunks) == 6, chunks)
    says("sorted", kubectl("get", "ct", "--sort-by=.spec.order"), "counter")
    says("labels", kubectl("get", "ct", "--show-labels"), "pantavisor.io/revision=0")
    says("describe", kubectl("describe", "ct/counter"), "Kind:", "Events:")
    says("raw", kubectl("get", "--raw", "/apis/pantavisor.io/v1/containers/counter"), '"kind":"Container"')
    says("not found", kubectl("get", "ct/nope", status=1), 'Error from server (NotFound): containers.pantavisor.io "nope"')
    says("events", kubectl("events", "--for", "group/platform"), "Opened")


def writing(_):
    document = revision(name, labels={"tier": "old"})
    text = json.dumps(document)
    says("create", kubectl("create", "-f", "-", stdin=text), f"revision.pantavisor.io/{name} created")
    says("again", kubectl("create", "-f", "-", stdin=text, status=1), "AlreadyExists")
    says("get -l", kubectl("get", "rev", "-l", "tier=old", "-o", "name"), name)
    says("label", kubectl("label", f"rev/{name}", "a=b"), "labeled")
    says("annotate", kubectl("annotate", f"rev/{name}", "note=old"), "annotate")
    says("edit", kubectl("edit", f"rev/{name}"), "edited")
    says("edited", kubectl("get", "rev", name, "-o", "jsonpath={.metadata.annotations.note}"), "new")
    says("merge", kubectl("patch", f"rev/{name}", "--type=merge", "-p", '{"metadata":{"labels":{"a":null}}}'), "patched")
    operations = '[{"op":"test","path":"/metadata/labels/tier","value":"new"},{"op":"add","path":"/metadata/labels/b","value":"c"}]'
    says("json", kubectl("patch", f"rev/{name}", "--type=json", "-p", operations), "patched")
    failing = operations.replace('"new"', '"wrong"')
    says("failed test", kubectl("patch", f"rev/{name}", "--type=json", "-p", failing, status=1), "the test of the patch failed")
    says("strategic", kubectl("patch", f"rev/{name}", "-p", "{}", status=1), "is not supported")
    stale = json.loads(kubectl("get", "rev", name, "-o", "json"))
    kubectl("label", f"rev/{name}", "c=d")
    says("conflict", kubectl("replace", "-f", "-", stdin=json.dumps(stale), status=1), "(Conflict)")
    fresh = json.loads(kubectl("get", "rev", name, "-o", "json"))
    fresh["metadata"]["labels"]["c"] = "e"
    says("replace", kubectl("replace", "-f", "-", stdin=json.dumps(fresh)), "replaced")
    fresh = json.loads(kubectl("get", "rev", name, "-o", "json"))
    fresh["spec"]["state"]["x"] = {}
    says("immutable", kubectl("replace", "-f", "-", stdin=json.dumps(fresh), status=1), "cannot be changed")
    says("delete dry run", kubectl("delete", f"rev/{name}", "--dry-run=server"), "deleted")
    says("still there", kubectl("get", "rev", name, "-o", "name"), name)
    says("delete", kubectl("delete", f"rev/{name}"), f'revision.pantavisor.io "{name}" deleted')
    says("gone", kubectl("get", "rev", name, status=1), "NotFound")
    says("derived", kubectl("delete", "ct/counter", status=1), "MethodNotAllowed")


def applying(_):
    document = revision(f"locals.{name}")
    text = json.dumps(document)
    path = f"revision.pantavisor.io/locals.{name}"
    says("dry run", kubectl("apply", "--dry-run=server", "-f", "-", stdin=text), f"{path} created (server dry run)")
    says("apply", kubectl("apply", "-f", "-", stdin=text), f"{path} created")
    says("unchanged", kubectl("apply", "-f", "-", stdin=text), f"{path} unchanged")
    says("real name", kubectl("get", f"rev/locals.{name}", "-o", "jsonpath={.spec.revision}"), f"locals/{name}")
    document["metadata"]["labels"] = {"x": "1"}
    text = json.dumps(document)
    says("diff", kubectl("diff", "-f", "-", stdin=text, status=1), "x: ")
    says("configured", kubectl("apply", "-f", "-", stdin=text), f"{path} configured")
    says("server side", kubectl("apply", "--server-side", "-f", "-", stdin=text), f"{path} serverside-applied")
    document["metadata"]["labels"] = {"x": "2"}
    text = json.dumps(document)
    other = ("apply", "--server-side", "--field-manager=other", "-f", "-")
    says("owned", kubectl(*other, stdin=text, status=1), 'conflict with "kubectl"', ".metadata.labels.x")
    says("forced", kubectl(*other, "--force-conflicts", stdin=text), "serverside-applied")
    says("fields", kubectl("get", f"rev/locals.{name}", "-o", "yaml", "--show-managed-fields"), "manager: other")
    document["spec"]["comitMessage"] = "x"
    document["spec"]["commitMessage"] = "y"
    says("unknown", kubectl("apply", "-f", "-", stdin=json.dumps(document), status=1), 'unknown field "spec.comitMessage"')
    del document["spec"]["commitMessage"]
    warned = kubectl("apply", "--validate=warn", "-f", "-", stdin=json.dumps(document))
    says("warned", warned, 'Warning: unknown field "spec.comitMessage"')
    bad = revision("a/b")
    says("slash", kubectl("create", "-f", "-", stdin=json.dumps(bad), status=1), "metadata.name")
    bad = revision(f"{name}-bad")
    bad["spec"] = {"state": {"x/run.json": {}}, "origin": "moon"}
    says("every problem", kubectl("create", "-f", "-", stdin=json.dumps(bad), status=1), "spec.origin: Unsupported value")
    says("delete", kubectl("delete", "-f", "-", stdin=text), "deleted")
    wish = ("patch", "dev/self", "--type=merge", "-p", '{"spec":{"desiredRevision":"0"}}', "--dry-run=server")
    says("device", kubectl(*wish), "patched")


def watching(_):
    first = ["get", "ct", "-w", "--output-watch-events"]
    for what, words in (("list", first), ("name", first[:2] + ["counter"] + first[2:])):
        with open(f"{home}/watch", "w+") as output:
            watch = subprocess.Popen(command(*words), stdout=output, stderr=output, env=environment)
            shown = lambda: open(f"{home}/watch").read()
            eventually(lambda: "counter" in shown())
            # Only a watch that has begun can show a change.
            eventually(lambda: kubectl("annotate", "--overwrite", "ct/counter", f"{name}={len(shown())}") and "MODIFIED" in shown())
            check(f"watch of a {what}", "MODIFIED" in shown(), shown())
            watch.terminate()
            watch.wait()
    says("wait", kubectl("wait", "--for=jsonpath={.status.phase}=STARTED", "ct/counter", "--timeout=10s"), "condition met")
    says("condition", kubectl("wait", "--for=condition=Ready", "dev/self", "--timeout=10s"), "condition met")
    says(
        "watch list",
        kubectl("wait", "--for=condition=Ready", "dev/self", "--timeout=10s", KUBE_FEATURE_WatchListClient="true"),
        "condition met",
    )
    says("no condition", kubectl("wait", "--for=condition=Nope", "dev/self", "--timeout=1s", status=1), "timed out")


def finalizers(_):
    document = revision(f"{name}-held", finalizers=["example.org/hold"])
    kubectl("create", "-f", "-", stdin=json.dumps(document))
    waiting = subprocess.Popen(
        command("delete", f"rev/{name}-held"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    stamp = ("get", f"rev/{name}-held", "-o", "jsonpath={.metadata.deletionTimestamp}")
    check("deletion waits", eventually(lambda: kubectl(*stamp)))
    check("as long as it is held", waiting.poll() is None)
    says(
        "let go",
        kubectl("patch", f"rev/{name}-held", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]'),
        "patched",
    )
    says("deleted", waiting.communicate(timeout=30)[0], "deleted")


def views(_):
    says("pods", kubectl("get", "pods"), "counter", "1/1")
    says("nodes", kubectl("get", "nodes"), "self", "Ready")
    says("namespaces", kubectl("get", "ns"), "default", "Active")
    says("pod", kubectl("describe", "pod", "counter"), "lxc://counter", "Running")
    says("pod ready", kubectl("wait", "--for=condition=Ready", "pod/counter", "--timeout=10s"), "condition met")
    says("status", kubectl("rollout", "status", "deployment/device", "--timeout=10s"), "successfully rolled out")
    says("history", kubectl("rollout", "history", "deployment/device"), "CHANGE-CAUSE")
    says("read only", kubectl("delete", "pod", "counter", status=1), "change the container instead")


def asking(_):
    says("may", kubectl("auth", "can-i", "get", "containers.pantavisor.io"), "yes")
    says("may not", kubectl("auth", "can-i", "create", "containers.pantavisor.io", status=1), "no")
    says("rules", kubectl("auth", "can-i", "--list"), "revisions.pantavisor.io")
    if minor >= 28:  # earlier ones ask for a beta version
        says("who am I", kubectl("auth", "whoami"), "host", "pantavisor:mgmt")


def running(_):
    says("logs", kubectl("logs", "counter", "--tail=1"), "\n")
    says("logs of a label", kubectl("logs", "-l", "app=counter", "--tail=1"), "\n")
    check("top pod", re.search(r"counter +\d+m +\d+Mi", top := kubectl("top", "pod")), top)
    check("top node", re.search(r"self +\d+m +\d+% +\d+Mi +\d+%", top := kubectl("top", "node")), top)
    if minor < 30:  # earlier ones speak SPDY
        says("exec", kubectl("exec", "counter", "--", "echo", "hello", status=1), "kubectl 1.30 or later")
        return
    say = ("exec", "counter", "--", "sh", "-c", "echo more >/proc/1/fd/1")
    with open(f"{home}/log", "w") as output:
        follow = subprocess.Popen(command("logs", "-f", "counter", "--tail=0"), stdout=output, env=environment)
        followed = lambda: "more" in open(f"{home}/log").read()
        check("logs -f", eventually(lambda: kubectl(*say) == "" and followed()))
        check("logs -f goes on", follow.poll() is None)
        follow.terminate()
        follow.wait()
    says("exec", kubectl("exec", "counter", "--", "echo", "hello"), "hello\n")
    says("exec -i", kubectl("exec", "-i", "counter", "--", "sed", "s/a/b/", stdin="cat\n"), "cbt\n")
    says("exit code", kubectl("exec", "counter", "--", "sh", "-c", "exit 5", status=5), "exit code 5")
    terminal = subprocess.run(
        ["script", "-qec", " ".join(command("exec", "-it", "counter", "--", "sh", "-c", "'test -t 0 && echo terminal'")), "/dev/null"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, env={**environment, "TERM": "xterm"},
    )
    says("exec -it", terminal.stdout, "terminal")


def over_tls(_):
    directory, server = os.environ["CERTIFICATES"], os.environ["HTTPS"]

    def secure(peer, *words, **options):
        names = (f"--client-certificate={directory}/{peer}.pem", f"--client-key={directory}/{peer}.key")
        return kubectl("-s", server, f"--certificate-authority={directory}/ca.pem", *names, *words, **options)

    says("get", secure("alice", "get", "ct"), "counter")
    says("label", secure("alice", "label", "--overwrite", "ct/counter", f"{name}=1"), "labeled")
    says("not allowed", secure("mallory", "get", "ct", status=1), "Forbidden")
    if minor >= 28:
        says("who am I", secure("alice", "auth", "whoami"), "alice")
    if minor >= 30:
        says("exec", secure("alice", "exec", "counter", "--", "echo", "hello"), "hello")


if live:
    report.run(running, over_tls)
else:
    report.run(discovery, reading, writing, applying, watching, finalizers, views, asking)
