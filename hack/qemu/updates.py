"""A device that boots from its own disk: updates through its control socket, and what its loader will do next."""

from device import Device, Failure, wait_until
from loaderview import LoaderView

API = "/apis/pantavisor.io/v1"


class LoadedDevice(Device):
    """A machine with a boot loader, whose kernel and initrd come from the storage's trails."""

    def __init__(self, directory, disk, kernel, loader, **options):
        super().__init__(directory, disk.path, kernel, loader=loader, memory=320, **options)
        self.image = disk
        #: What the factory put there.
        self.revision = None
        #: Whether every write is kept in a log; see powercuts.Recording.
        self.is_recorded = False

    # What runs.

    def start(self, seconds=120):
        """Boots, and waits until every goal is reached."""
        self.boot()
        self.wait_ready(seconds)

    def restart(self, how="reboot", seconds=120):
        """Waits until it reboots by itself, and boots again."""
        self.wait_end(how, seconds)
        self.start()

    def cut_and_start(self):
        self.cut()
        self.start()

    def running(self):
        """The revision that the loader booted, the one that runs, and the initrd both are in."""
        words = self.shell("cat /proc/cmdline").split()
        booted = [word.removeprefix("pv_rev=") for word in words if word.startswith("pv_rev=")]
        return booted[-1], self.device_status()["currentRevision"], self.shell("cat /etc/bsp").strip()

    # Updates.

    def upload(self, revision, name):
        """Puts a revision there with the objects that are missing."""
        known = {one["sha256"] for one in self.get("/objects")}
        for sha in set(revision.objects().values()) - known:
            content = revision.files[sha]
            self.put(f"/objects/{sha}", content if isinstance(content, bytes) else content.read_bytes())
        self.put(f"/steps/{name}", revision.json())

    def put(self, path, data):
        status, body = self.send("PUT", path, data)
        if status != 200:
            raise Failure(f"PUT {path}: {status} {body}")

    def command(self, operation, payload=""):
        """Asks again while an earlier command or update is not over, as the answer says."""

        def ask():
            answer = self.request("POST", "/commands", {"op": operation, "payload": payload})
            return answer[0] != 503 and answer

        status, body = wait_until(f"{operation} {payload} is taken", 60, ask, pause=0.2)
        if status != 200:
            raise Failure(f"{operation} {payload}: {status} {body}")

    def update(self, revision, name, operation="LOCAL_RUN"):
        self.upload(revision, name)
        self.command(operation, name)

    def progress(self, name):
        """How far a revision came, as "STATUS: message"."""
        body = self.try_get(f"/steps/{name}/progress")
        return f"{body['status']}: {body['status-msg']}" if body else ""

    def wait_progress(self, name, start, seconds=60):
        """Waits until the progress begins like that; another end of it is a failure."""
        ends = [one for one in ("DONE", "UPDATED", "ERROR", "WONTGO") if not start.startswith(one)]

        def look():
            found = self.progress(name)
            if not found and self.process.poll() is not None:
                raise Failure(f"the machine ended before {name} was {start}")
            if found.startswith(tuple(ends)):
                raise Failure(f"{name} is {found} instead of {start}")
            return found.startswith(start) and found

        return wait_until(f"{name} is {start}", seconds, look, pause=0.2)

    def rollouts(self):
        """How each attempt ended, by revision."""
        items = self.get(f"{API}/rollouts")["items"]
        return {one["spec"].get("revision"): one["status"].get("outcome") for one in items}

    # The disk.

    @property
    def log_of_writes(self):
        return self.directory / f"writes-{self.boots}.bin"

    def drive(self):
        if not self.is_recorded:
            return super().drive()
        self.log_of_writes.write_bytes(b"")
        return ["-blockdev", f"driver=blklogwrites,node-name=disk,file.driver=file,file.filename={self.disk},"
                f"log.driver=file,log.filename={self.log_of_writes}",
                "-device", "virtio-blk-pci,drive=disk"]  # fmt: skip

    def loader_state(self):
        """The revision to come back to, and the one to try, as a loader finds them on the disk that is not in use."""
        assert self.process is None, "it is on"
        view = LoaderView(self.image.path.read_bytes(), self.image.storage_start)
        variables = self.loader.variables(self.image, view.read)
        return variables.get("pv_rev") or "0", variables.get("pv_try") or ""


def make_disk(disk, directory, revision, loader, append):
    """A disk as a factory makes it: revision 0, its loader, and nothing that only a runtime writes."""
    storage = revision.write(directory / "storage")
    disk.make(storage, loader.boot_type)
    loader.install(disk, directory, append)
    return disk
