"""What a story of a device is made of.

To add one, write a function in a file below stories/:

    @story("a reboot through the API leaves nothing to mend")
    def reboots(t):
        device = t.device()             # the demo on a fresh disk; see device.Device for what it can be given
        device.boot()                   # or device.boot(loader=…): who puts the kernel into memory
        device.wait_ready()
        device.end_by_api("reboot")
        device.wait_end("reboot")
        t.expect_clean(device.disk)

The sentence says what is true when the story passes. Waits take the seconds that an idle machine needs, generously;
PV_QEMU_SLOWNESS multiplies them all. Nothing is to be slept for: wait for what the console or the API shows. A story
fails by an exception, and the end of every serial log it made is shown then.

`@loader_story` tells the same with each boot loader, on a device that boots from its own disk:

    @loader_story("an update of a container needs no reboot")
    def container_update(t, device):
        device.start()                  # revision 0: see revisions.CONTAINERS
        device.update(device.revision.changed({…}), "locals/one")
        device.wait_progress("locals/one", "UPDATED")

`kernel="full"` is for the hardware watchdog, the one thing here that Debian's cloud kernel has no driver for; the cloud
kernel boots faster. A story with `smoke=True` runs in hack/test.sh without --device too.
"""

import disks
import images
import loaders
import revisions
import updates
from device import Device, Failure

STORIES = []


class Story:
    def __init__(self, sentence, run, kernel, smoke):
        self.sentence = sentence
        self.name = run.__name__
        self.run = run
        self.kernel = kernel
        self.smoke = smoke


def story(sentence, kernel="cloud", smoke=False):
    def register(run):
        STORIES.append(Story(sentence, run, kernel, smoke))
        return run

    return register


def loader_story(sentence, kernel="cloud", smoke=(), only=(loaders.UBoot, loaders.Grub), **options):
    """One story for each loader; `smoke` names the loaders with which it is one of the quick run."""

    def register(run):
        for loader in only:

            def tell(t, loader=loader):
                run(t, t.loaded(loader(), **options))

            tell.__name__ = f"{run.__name__}_{loader.slug}"
            STORIES.append(Story(f"{loader.name}: {sentence}", tell, kernel, loader in smoke))
        return run

    return register


class Telling:
    """One run of a story: its directory, its kernel, and the machines it uses."""

    def __init__(self, directory, kernel, is_smoke=False):
        self.directory = directory
        self.kernel = kernel
        #: Whether this is the quick run.
        self.is_smoke = is_smoke
        #: What the line of a true story says beside its sentence.
        self.remark = ""
        self._devices = []

    def storage(self, **options):
        return images.make_storage(self.directory / "storage.img", **options)

    def device(self, disk=None, **options):
        """A device with a disk (default: a fresh one with the demo); it is switched off when the story ends."""
        device = Device(self.directory, disk or self.storage(), self.kernel, **options)
        self._devices.append(device)
        return device

    def diskless(self, **options):
        device = Device(self.directory, None, self.kernel, **options)
        self._devices.append(device)
        return device

    def loaded(self, loader, append="", storage_megabytes=160, commit_delay=2, **options):
        """A device that boots from its own disk; `device.revision` is what the factory put there."""
        revision = revisions.bootable(self.kernel, loader, self.directory)
        disk = disks.Disk(
            self.directory / "disk.img", boot_megabytes=getattr(loader, "boot_megabytes", 16),
            storage_megabytes=storage_megabytes)  # fmt: skip
        # An update waits less than on a device.
        append = f"pv_updater_commit_delay={commit_delay} {append}"
        updates.make_disk(disk, self.directory, revision, loader, append)
        device = updates.LoadedDevice(self.directory, disk, self.kernel, loader, **options)
        device.revision = revision
        self._devices.append(device)
        return device

    def finish(self):
        for device in self._devices:
            device.cut()

    def expect(self, value, what):
        if not value:
            raise Failure(f"not so: {what}")

    def expect_equal(self, found, wanted, what):
        if found != wanted:
            raise Failure(f"{what}: {found!r} instead of {wanted!r}")

    def expect_clean(self, disk):
        """The storage was unmounted: no journal to replay, nothing to mend."""
        code, text = images.check(disk)
        if code != 0:
            raise Failure(f"the storage is not clean: {text}")
