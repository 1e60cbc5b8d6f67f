"""Updates on devices that boot from their own disk, and the ways back."""

from device import wait_until
from loaders import Grub, GrubEFI, SystemdBoot, UBoot
from story import loader_story

#: A kernel without a first process panics.
PANIC = {"/init": "#!/bin/busybox sh\nexit 1\n"}
#: Where the device would check its storage, the first process is frozen: nothing pets the watchdog any more.
HANG = {"/usr/sbin/e2fsck": """#!/bin/busybox sh
/bin/busybox mkdir /sys/fs/cgroup/ice
echo "the first process hangs now" >/dev/kmsg
echo 1 >/sys/fs/cgroup/ice/cgroup.procs
echo 1 >/sys/fs/cgroup/ice/cgroup.freeze
"""}  # fmt: skip

WATCHDOG = {"append": "pv_wdt_mode=always pv_wdt_timeout=8", "extra": ["-device", "i6300esb", "-action", "watchdog=reset"]}

ERROR = "ERROR: Unexpected rollback"
DONE = "DONE: Update finished, revision set as rollback point"
UPDATED = "UPDATED: Update finished, revision not set as rollback point"


def motto(text):
    """A container's file, which only that container is restarted for."""
    return {"_config/sensor/etc/motto": text.encode()}


def silent(revision):
    """A container that runs and never says that it is ready."""
    path = "sensor/lxc.container.conf"
    text = revision.files[revision.state[path]].read_text()
    return {path: text.replace("lxc.init.cmd = /sbin/start", "lxc.init.cmd = /bin/sleep 100000").encode()}


@loader_story("it boots, is updated, and comes back from an update whose kernel panics", smoke=[UBoot],
              only=[UBoot, Grub, GrubEFI, SystemdBoot])  # fmt: skip
def life(t, device):
    device.start()
    t.expect_equal(device.running(), ("0", "0", "factory"), "what runs")
    two = device.revision.booting(t.directory, "two")
    device.update(two, "locals/two")
    device.restart()
    t.expect_equal(device.running(), ("locals/two", "locals/two", "two"), "what runs")
    device.wait_progress("locals/two", DONE)
    device.update(two.booting(t.directory, "bad", PANIC), "locals/bad")
    device.wait_end("reboot")
    device.boot()
    device.wait_text("Attempted to kill init")
    device.wait_end("reboot")
    device.start()
    t.expect_equal(device.running(), ("locals/two", "locals/two", "two"), "what runs")
    device.wait_progress("locals/bad", ERROR)
    wait_until("the loader forgets it", 20, lambda: not device.device_status().get("tryRevision"))
    device.cut()
    t.expect_equal(device.loader_state(), ("locals/two", ""), "what the loader does next")


@loader_story("an update of a container restarts that one alone, and the next boot commits it")
def container_update(t, device):
    device.start()
    before = device.pids()
    device.update(device.revision.changed(motto("one")), "locals/one")
    device.wait_progress("locals/one", UPDATED)
    after = device.pids()
    t.expect(before.pop("sensor") != after.pop("sensor"), "the container was restarted")
    t.expect_equal(after, before, "the others' processes")
    t.expect_equal(device.running(), ("0", "locals/one", "factory"), "what runs")
    device.end_by_api("reboot")
    device.wait_end("reboot")
    t.expect_equal(device.loader_state(), ("0", "locals/one"), "what the loader does next")
    device.start()
    device.wait_progress("locals/one", DONE)
    t.expect_equal(device.running(), ("locals/one", "locals/one", "factory"), "what runs")
    device.cut()
    t.expect_equal(device.loader_state(), ("locals/one", ""), "what the loader does next")


@loader_story("an update that hangs before the runtime is up is ended by the watchdog, and the old revision comes back",
              kernel="full", **WATCHDOG)  # fmt: skip
def hang(t, device):
    device.start()
    device.update(device.revision.booting(t.directory, "hangs", HANG), "locals/hangs")
    device.wait_end("reboot")
    device.boot()
    device.wait_text("the first process hangs now")
    device.wait_end("watchdog")
    device.start()
    t.expect_equal(device.running(), ("0", "0", "factory"), "what runs")
    device.wait_progress("locals/hangs", ERROR)


@loader_story("an update with a reboot whose container does not reach its goal goes back by a reboot, with the cause")
def goal_missed(t, device):
    device.start()
    bad = device.revision.booting(t.directory, "bad")
    device.update(bad.changed(silent(bad)), "locals/bad")
    device.wait_end("reboot")
    device.boot()
    device.wait_end("reboot", 120)
    device.start()
    t.expect_equal(device.running(), ("0", "0", "factory"), "what runs")
    found = device.progress("locals/bad")
    t.expect(found.startswith("ERROR: Status goal not reached: group platform"), f"the cause is told: {found}")
    device.cut()
    t.expect_equal(device.loader_state(), ("0", ""), "what the loader does next")


@loader_story("an update without a reboot whose container does not reach its goal goes back without one")
def goal_missed_without_reboot(t, device):
    device.start()
    before = device.pids()
    device.update(device.revision.changed(silent(device.revision)), "locals/bad")
    device.wait_progress("locals/bad", "ERROR: Status goal not reached: group platform", 120)
    device.wait_ready()
    wait_until("the attempt is over", 30, lambda: device.rollouts()["locals/bad"] == "RolledBack")
    after = device.pids()
    t.expect(before.pop("sensor") != after.pop("sensor"), "the container was restarted")
    t.expect_equal(after, before, "the others' processes")
    device.cut()
    t.expect_equal(device.loader_state(), ("0", ""), "what the loader does next")


@loader_story("an update whose kernel is none is left by the loader in the same boot")
def kernel_missing(t, device):
    device.start()
    device.update(device.revision.changed({"bsp/kernel.img": b"no kernel\n" * 1000}), "locals/bad")
    device.restart()
    t.expect("pantavisor: loading locals/bad" in device.text(), "the loader tried it")
    t.expect_equal(device.running(), ("0", "0", "factory"), "what runs")
    device.wait_progress("locals/bad", ERROR)


@loader_story("a revision that is tried once is left by the next boot")
def try_once(t, device):
    device.start()
    device.update(device.revision.booting(t.directory, "once"), "locals/once", "TRY_ONCE")
    device.restart()
    device.wait_progress("locals/once", UPDATED)
    t.expect_equal(device.running(), ("locals/once", "locals/once", "once"), "what runs")
    device.cut_and_start()
    t.expect_equal(device.running(), ("0", "0", "factory"), "what runs")
    t.expect_equal(device.progress("locals/once"), UPDATED, "the one tried")


@loader_story("a factory reset comes back to revision 0, and another one can be made the factory's")
def factory_reset(t, device):
    device.start()
    device.update(device.revision.booting(t.directory, "two"), "locals/two")
    device.restart()
    device.wait_progress("locals/two", DONE)
    device.command("LOCAL_RUN_COMMIT", "0")
    device.restart()
    wait_until("revision 0 is committed", 60, lambda: device.rollouts().get("0") == "Committed")
    t.expect_equal(device.running(), ("0", "0", "factory"), "what runs")
    device.command("LOCAL_RUN", "locals/two")
    device.restart()
    wait_until("it is committed", 60, lambda: device.rollouts().get("locals/two") == "Committed")
    device.command("MAKE_FACTORY")
    device.restart()
    wait_until("revision 0 is committed", 60, lambda: device.rollouts().get("0") == "Committed")
    t.expect_equal(device.running(), ("0", "0", "two"), "what runs")
    device.cut()
    t.expect_equal(device.loader_state(), ("0", ""), "what the loader does next")
