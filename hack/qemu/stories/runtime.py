"""Death and silence of the runtime, and of the first process."""

from device import wait_until
from story import story


@story("a killed runtime is replaced, and its containers never notice")
def runtime_killed(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    pids, runtime = device.pids(), device.runtime()
    t.expect(len([pid for pid in pids.values() if pid]) == 5, f"five containers have a process: {pids}")
    device.shell(f"kill -KILL {runtime}")
    wait_until("there is another runtime", 30, lambda: "was killed by signal 9" in device.text())
    device.wait_ready()
    t.expect(device.runtime() != runtime, "it is another runtime")
    t.expect_equal(device.pids(), pids, "processes of the containers")


@story("a runtime that dies again and again ends in a reboot")
def runtime_keeps_dying(t):
    device = t.device(append="pv_runtime_deaths=2")
    device.boot()
    device.wait_ready()
    for number in (1, 2, 3):
        runtime = device.runtime()
        device.shell(f"kill -KILL {runtime}")
        if number < 3:
            wait_until("the next one is up", 60, lambda: device.text().count("the runtime is up") > number)
    device.wait_text("3 times now; giving up")
    device.wait_end("reboot")
    t.expect_clean(device.disk)


WATCHDOG = ["-device", "i6300esb", "-action", "watchdog=reset"]
ALWAYS = "pv_wdt_mode=always pv_wdt_timeout=6"


@story("a watchdog that always runs lets a healthy device live, and an orderly end be one", kernel="full")
def watchdog_lets_live(t):
    device = t.device(append=ALWAYS, extra=WATCHDOG)
    device.boot()
    device.wait_ready()
    began = float(device.shell("cat /proc/uptime").split()[0])
    t.expect_equal(device.shell("cat /sys/class/watchdog/watchdog0/state"), "active\n", "watchdog")
    # Three times its timeout, as the machine counts.
    wait_until("time passes", 120, lambda: float(device.shell("cat /proc/uptime").split()[0]) > began + 18, pause=1)
    device.end_by_api("reboot")
    device.wait_end("reboot")
    t.expect_clean(device.disk)


@story("a runtime that does not answer any more is a case for the watchdog", kernel="full")
def runtime_hangs(t):
    device = t.device(append=ALWAYS, extra=WATCHDOG)
    device.boot()
    device.wait_ready()
    device.shell(f"kill -STOP {device.runtime()}")
    device.wait_end("watchdog")


@story("a first process that hangs is a case for the watchdog", kernel="full")
def first_process_hangs(t):
    device = t.device(append=ALWAYS, extra=WATCHDOG)
    device.boot()
    device.wait_ready()
    # No signal stops the first process; its control group does.
    group = "/sys/fs/cgroup/ice"
    device.shell(f"busybox mkdir {group}; echo 1 > {group}/cgroup.procs; echo 1 > {group}/cgroup.freeze")
    device.wait_end("watchdog")


@story("in startup mode the watchdog is off once the device is up, and on again for its end", kernel="full")
def watchdog_at_startup(t):
    device = t.device(append="pv_wdt_mode=startup pv_wdt_timeout=20", extra=WATCHDOG)
    device.boot()
    device.wait_ready()
    t.expect_equal(device.shell("cat /sys/class/watchdog/watchdog0/state"), "inactive\n", "watchdog")
    device.shell(f"kill -STOP {device.runtime()}")
    device.shell("kill -TERM 1")
    device.wait_end("watchdog")
