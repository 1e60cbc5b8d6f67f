"""A device in the emulator: boot it, talk to it, pull its plug.

    with Device(directory, images.make_storage(directory / "disk.img")) as device:
        device.boot()
        device.wait_ready()
        device.reboot_by_api()
        device.wait_end("reboot")
"""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import threading
import time

import initramfs
from loaders import DirectKernel

#: Everything takes so many times longer than on an idle machine of today.
SLOWNESS = float(os.environ.get("PV_QEMU_SLOWNESS", "1"))


class Failure(Exception):
    """A story that did not go as it should."""


class Patience:
    """Time as an idle machine counts it: while others work, an emulator gets as little done as they leave it."""

    def __init__(self, seconds):
        self.left = seconds * SLOWNESS
        self._last = time.monotonic()

    def is_over(self):
        now = time.monotonic()
        self.left -= (now - self._last) / max(1, os.getloadavg()[0] / os.cpu_count())
        self._last = now
        return self.left < 0


def wait_until(what, seconds, condition, pause=0.05):
    """Polls a condition that looks at the machine from outside; its first true value."""
    patience = Patience(seconds)
    while True:
        value = condition()
        if value:
            return value
        if patience.is_over():
            raise Failure(f"within {seconds * SLOWNESS:.0f} s: {what}")
        time.sleep(pause)


class Device:
    """One machine with its disk.

    `files` are put into the initramfs and `append` into the kernel's command line, where the emulator is the loader; one
    on the disk has both from there.
    """

    def __init__(self, directory, disk, kernel, append="", files=None, extra=(), memory=256, loader=None):
        self.directory = pathlib.Path(directory)
        self.disk = disk
        self.kernel = kernel
        self.append = append
        self.extra = list(extra)
        self.memory = memory
        self.loader = loader or DirectKernel()
        self.archives = [initramfs.product(), initramfs.addon(kernel)]
        if files:
            self.archives.append(initramfs.files(self.directory, files))
        self.process = None
        self.boots = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()

    # Power.

    def boot(self, loader=None):
        """Switches it on. It ends by itself when it reboots: a reboot is another `boot`."""
        assert self.process is None, "it is on"
        loader = loader or self.loader
        self.boots += 1
        self.log = self.directory / f"serial-{self.boots}.log"
        self.log.write_bytes(b"")
        self.events = []
        self.api_port, self.shell_port = _free_port(), _free_port()
        paths = {name: self.directory / f"{name}-{self.boots}.sock" for name in ("qmp", "serial")}
        forward = f"hostfwd=tcp:127.0.0.1:{self.api_port}-:8080,hostfwd=tcp:127.0.0.1:{self.shell_port}-:8081"
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-M", loader.machine, "-smp", "1",
            "-m", self.memory, "-nographic", "-nodefaults", "-no-reboot",
            "-chardev", f"socket,id=serial,path={paths['serial']},server=on,wait=off,logfile={self.log}",
            "-serial", "chardev:serial", "-qmp", f"unix:{paths['qmp']},server=on,wait=off",
            "-netdev", f"user,id=net,{forward}", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-device", "virtio-rng-pci", *self.extra,
        ]  # fmt: skip
        command += self.drive() + loader.arguments(self)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stderr=(self.directory / "qemu.log").open("wb"))
        self._connect_qmp(paths["qmp"])
        self._serial_path = paths["serial"]

    def drive(self):
        """The disk, in words for the emulator."""
        return [] if self.disk is None else ["-drive", f"file={self.disk},if=virtio,format=raw"]

    def cut(self):
        """Pulls the plug: what the guest had not written is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def wait_end(self, how, seconds=60):
        """Waits until it switches itself off; `how`: "reboot", "poweroff" or "watchdog"."""
        wait_until(f"the machine ends by {how}", seconds, lambda: self.process.poll() is not None)
        self._events_end.wait(5)
        self.process = None
        shutdowns = [event["data"]["reason"] for event in self.events if event["event"] == "SHUTDOWN"]
        ends = {"guest-reset": "reboot", "guest-shutdown": "poweroff"}
        found = ends.get(shutdowns[-1] if shutdowns else "", f"nothing known ({shutdowns})")
        if any(event["event"] == "WATCHDOG" for event in self.events):
            found = "watchdog"
        if found != how:
            raise Failure(f"the machine ended by {found} instead of {how}")

    # Serial line.

    def text(self):
        return self.log.read_bytes().decode(errors="replace")

    def wait_text(self, words, seconds=60):
        """Waits until the console shows some words."""

        def look():
            if words in self.text():
                return True
            if self.process is not None and self.process.poll() is not None and words not in self.text():
                raise Failure(f"the machine ended before it said: {words}")
            return False

        wait_until(f"the console says: {words}", seconds, look)

    def type(self, text):
        """Types at the serial console."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._serial_path))
            line.sendall(text.encode())
            time.sleep(0.2)

    def uptime_of(self, words):
        """The kernel's time, in seconds, of the first of its log lines that holds some words."""
        for line in self.text().splitlines():
            if words in line and line.startswith("["):
                return float(line[1:].split("]")[0])
        raise Failure(f"the kernel's log does not say: {words}")

    # Emulator.

    def _connect_qmp(self, path):
        self._qmp = socket.socket(socket.AF_UNIX)
        wait_until("the emulator takes commands", 20, lambda: self._try_connect(path))
        self._events_end = threading.Event()
        threading.Thread(target=self._read_qmp, args=(self._qmp.makefile("r"),), daemon=True).start()
        self.qmp("qmp_capabilities")

    def _try_connect(self, path):
        if self.process.poll() is not None:
            raise Failure("the emulator did not start: " + (self.directory / "qemu.log").read_text())
        try:
            self._qmp.connect(str(path))
            return True
        except OSError:
            return False

    def _read_qmp(self, lines):
        events, end = self.events, self._events_end
        try:
            for line in lines:
                message = json.loads(line)
                if "event" in message:
                    events.append(message)
        except (OSError, ValueError):
            pass
        end.set()

    def qmp(self, command, **arguments):
        message = {"execute": command, "arguments": arguments} if arguments else {"execute": command}
        self._qmp.sendall(json.dumps(message).encode())

    def press(self, *keys):
        self.qmp("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    # API.

    def request(self, method, path, body=None, content_type="application/merge-patch+json", timeout=20):
        """One request to the control socket: status and parsed body. OSError while nobody answers."""
        return self.send(method, path, None if body is None else json.dumps(body), content_type, timeout)

    def send(self, method, path, data, content_type="application/octet-stream", timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=timeout * SLOWNESS)
        try:
            connection.request(method, path, data, {"Content-Type": content_type, "Host": "localhost"})
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def get(self, path):
        status, body = self.request("GET", path)
        if status != 200:
            raise Failure(f"GET {path}: {status} {body}")
        return body

    def try_get(self, path):
        """The body, or nil while nobody answers."""
        try:
            return self.get(path)
        except OSError:
            return None

    def wait_api(self, seconds=60):
        return wait_until("the API answers", seconds, lambda: self.try_get("/containers") is not None, pause=0.2)

    def device_status(self):
        body = self.try_get("/apis/pantavisor.io/v1/devices/self")
        return body["status"] if body else {}

    def wait_ready(self, seconds=90):
        """Waits until every goal of the revision is reached."""

        def look():
            if self.process is None or self.process.poll() is not None:
                raise Failure("the machine ended before every goal was reached")
            conditions = self.device_status().get("conditions", [])
            return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

        return wait_until("every goal is reached", seconds, look, pause=0.3)

    def containers(self):
        return {one["name"]: one["status"] for one in self.get("/containers")}

    def pids(self):
        items = self.get("/apis/pantavisor.io/v1/containers")["items"]
        return {one["metadata"]["name"]: one["status"].get("pid") for one in items}

    def end_by_api(self, power):
        """Asks for "reboot" or "off"."""
        status, body = self.request("PATCH", "/apis/pantavisor.io/v1/devices/self", {"spec": {"power": power}})
        if status != 200:
            raise Failure(f"power {power}: {status} {body}")

    # Agent.

    def shell(self, command, timeout=30):
        """Runs a line in a shell outside of all containers: what it prints."""
        with socket.create_connection(("127.0.0.1", self.shell_port), timeout * SLOWNESS) as line:
            line.sendall(command.encode() + b"\n")
            answer = b""
            while part := line.recv(65536):
                answer += part
        return answer.decode(errors="replace")

    def wait_shell(self, seconds=60):
        def look():
            try:
                return self.shell("echo here") == "here\n"
            except OSError:
                return False

        return wait_until("the tests' agent answers", seconds, look, pause=0.2)

    def runtime(self):
        """The process number of the runtime."""
        found = self.shell("busybox ps | busybox awk '/pantavisor runtime/ && !/awk/ { print $1 }'").split()
        if len(found) != 1:
            raise Failure(f"there is not one runtime: {found}")
        return int(found[0])


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
