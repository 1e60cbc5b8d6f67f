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

`kernel="full"` is for the hardware watchdog, the one thing here that Debian's cloud kernel has no driver for; the cloud
kernel boots faster. A story with `smoke=True` runs in hack/test.sh without --device too.
"""

import images
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


class Telling:
    """One run of a story: its directory, its kernel, and the machines it uses."""

    def __init__(self, directory, kernel):
        self.directory = directory
        self.kernel = kernel
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
