"""Power cuts in the middle of updates, full storages, and many updates in a row."""

import random

import powercuts
from device import Failure, wait_until
from loaders import Grub, UBoot
from story import loader_story

from updating import DONE, ERROR, UPDATED, motto

OLD, NEW = ("0", "0", "factory"), ("locals/two", "locals/two", "two")


def begin(device, moment):
    """Begins the update once more, and cuts the power at a moment of the boot that tries it."""
    device.command("LOCAL_RUN", "locals/two")
    device.wait_end("reboot")
    device.boot()
    moment()
    device.cut_and_start()


@loader_story("a power cut in any state of an update leaves the old revision or the new one", commit_delay=8)
def cut_in_each_state(t, device):
    device.start()
    device.upload(device.revision.booting(t.directory, "two"), "locals/two")
    device.command("LOCAL_RUN", "locals/two")
    device.wait_progress("locals/two", "INPROGRESS")
    device.cut_and_start()
    t.expect(device.running() in (OLD, NEW), f"the old one or the new one runs: {device.running()}")
    if device.running() == NEW:
        # It came as far as the loader; now it is not committed yet, so the old one comes back.
        device.cut_and_start()
    t.expect_equal(device.running(), OLD, "what runs")
    for name, moment in {
        "the loader tries it": lambda: device.wait_text("pantavisor: trying locals/two"),
        "the kernel starts": lambda: device.wait_text("Linux version"),
        "its storage is mounted": lambda: device.wait_text("is mounted on /storage"),
        "its runtime is up": lambda: device.wait_text("the runtime is up"),
        "its goals are held": lambda: device.wait_progress("locals/two", "TESTING", 90),
    }.items():
        begin(device, moment)
        t.expect_equal(device.running(), OLD, f"what runs after a cut when {name}")
        device.wait_progress("locals/two", ERROR)
    begin(device, lambda: device.wait_progress("locals/two", DONE, 120))
    t.expect_equal(device.running(), NEW, "after a cut when it is committed")
    device.cut()
    t.expect_equal(device.loader_state(), ("locals/two", ""), "what the loader does next")


#: How many power cuts are looked at, and in how many of them the device is switched on again; in the quick run and else.
POINTS, BOOTS = {True: 60, False: 520}, {True: 0, False: 30}
SEED = 20


@loader_story("every power cut of a life with two updates leaves the old revision or the new one", smoke=[UBoot],
              append="pv_storage_gc_threshold_defertime=1")  # fmt: skip
def power_cuts(t, device):
    recording = powercuts.Recording(device)
    live(t, device, recording)
    chance, samples = random.Random(SEED), []

    def keep(state, content, allowed):
        # Each is as likely to be among those that are booted.
        place = len(samples) if len(samples) < BOOTS[t.is_smoke] else chance.randrange(4 * POINTS[t.is_smoke])
        if place < BOOTS[t.is_smoke]:
            samples[place:place + 1] = [(str(state), bytes(content), allowed)]

    seen, replay, problems = powercuts.examine(recording, POINTS[t.is_smoke], SEED, keep)
    if problems:
        raise Failure(f"{len(problems)} problems at {seen} power cuts:\n" + "\n".join(problems[:20]))
    t.expect(seen >= POINTS[t.is_smoke], f"there are enough moments to cut the power at: {seen}")
    spoiled = powercuts.examine(recording, 40, SEED, forgets=0.1)[2]
    t.expect(spoiled, "a disk that forgets what it had flushed is noticed")
    device.is_recorded = False
    for state, content, allowed in samples:
        device.image.path.write_bytes(content)
        boot_again(t, device, state, allowed)
    writes = sum(1 for entry in replay.entries if entry is not None)
    t.remark = f": {seen} cuts in {writes} writes and {len(replay.boundaries)} flushes, {len(samples)} booted"


def live(t, device, recording):
    """Both kinds of update and a collection, with what the loader may be told meanwhile."""
    one = device.revision.changed(motto("one"))
    two = one.booting(t.directory, "two")
    recording.revisions.update({"locals/one": one, "locals/two": two})
    recording.mark(("0", ""))
    device.start()
    device.upload(one, "locals/one")
    recording.mark(("0", ""), ("0", "locals/one"), there=["locals/one"])
    device.command("LOCAL_RUN", "locals/one")
    device.wait_progress("locals/one", UPDATED)
    recording.mark(("0", "locals/one"), there=["locals/one"])
    device.upload(two, "locals/two")
    recording.mark(("0", "locals/one"), ("locals/one", "locals/two"), there=["locals/one", "locals/two"])
    device.command("LOCAL_RUN", "locals/two")
    device.wait_end("reboot")
    recording.mark(("locals/one", "locals/two"), ("locals/two", ""), there=["locals/two"])
    device.start()
    device.wait_progress("locals/two", DONE)
    recording.mark(("locals/two", ""), there=["locals/two"])
    wait_until("the attempt is over", 30, lambda: "Committed" in device.rollouts().values())
    device.command("RUN_GC")
    wait_until("what nothing needs is gone", 60, lambda: {one["name"] for one in device.get("/steps")} == {"locals/two"})
    device.end_by_api("off")
    device.wait_end("poweroff")


def boot_again(t, device, state, allowed):
    """Boots for as long as the loader and the runtime take to agree; what runs then is one of what was allowed."""
    device.start()
    running = device.running()
    names = {name for told in allowed for name in told if name}
    t.expect(running[0] == running[1] and running[0] in names, f"{state}: {running} is one of {sorted(names)}")
    device.cut()


def fill(device):
    """Leaves no room."""
    ballast = "busybox dd if=/dev/zero of=/storage/ballast"
    device.shell(f"{ballast} bs=64k; {ballast}.rest bs=1k; busybox sync", timeout=120)


@loader_story("a full storage refuses an update and stays as it is, and a try is committed on it all the same",
              only=[UBoot, Grub])  # fmt: skip
def storage_full(t, device):
    device.start()
    fill(device)
    two = device.revision.booting(t.directory, "two")
    try:
        device.upload(two, "locals/two")
        raise Failure("a full storage took an upload")
    except Failure as refusal:
        t.expect(": 507 " in str(refusal), f"it says that there is no room: {refusal}")
    device.shell("busybox rm /storage/ballast /storage/ballast.rest")
    device.upload(two, "locals/two")
    fill(device)
    device.command("LOCAL_RUN", "locals/two")
    found = device.wait_progress("locals/two", "WONTGO: Space required")
    t.expect(" B, available 0 B" in found, f"both numbers are told: {found}")
    device.cut_and_start()
    t.expect_equal(device.running(), OLD, "what runs")
    device.shell("busybox rm /storage/ballast /storage/ballast.rest")
    device.command("LOCAL_RUN", "locals/two")
    device.wait_end("reboot")
    device.boot()
    device.wait_api()
    fill(device)
    device.wait_progress("locals/two", DONE)
    device.cut_and_start()
    t.expect_equal(device.running(), NEW, "what runs")


@loader_story("twenty updates in a row find room, for what nothing needs is collected", storage_megabytes=128,
              append="pv_storage_gc_threshold=40 pv_storage_gc_threshold_defertime=1")  # fmt: skip
def twenty_updates(t, device):
    device.start()
    revision = device.revision
    for number in range(1, 21):
        name = f"locals/n{number}"
        # More than there is room for, if all of it stayed.
        content = random.Random(number).randbytes(6 << 20)
        revision = revision.changed({"_config/sensor/var/data": content, **motto(name)})
        reboots = number % 5 == 0
        if reboots:
            revision = revision.booting(t.directory, f"n{number}")
        device.update(revision, name)
        if reboots:
            device.restart()
        device.wait_progress(name, DONE if reboots else UPDATED)
        wait_until("its attempt is over", 60, lambda: device.rollouts().get(name) in ("Committed", "Updated"))
    t.expect_equal(device.running(), ("locals/n20", "locals/n20", "n20"), "what runs")
    kept = {one["name"] for one in device.get("/steps")}
    t.expect("locals/n20" in kept and len(kept) < 8, f"what is not needed is gone: {sorted(kept)}")
    device.end_by_api("off")
    device.wait_end("poweroff")
    t.expect_clean(device.image.storage)
    t.expect_equal(device.loader_state(), ("locals/n20", ""), "what the loader does next")
