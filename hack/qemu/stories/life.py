"""Boots, and their orderly ends."""

from device import wait_until
from story import story

DEMO = {
    "assets": "MOUNTED", "counter": "STARTED", "flaky": "READY", "greeter": "STARTED", "init-os": "STARTED",
    "sensor": "READY",
}  # fmt: skip


@story("a factory revision comes up with everything at its goal, and powers off with everything unmounted", smoke=True)
def first_boot(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    t.expect_equal(device.containers(), DEMO, "containers")
    t.expect("pids" in device.shell("cat /sys/fs/cgroup/cgroup.subtree_control"), "limits of containers work")
    t.expect("inet addr:10.0.3.1" in device.shell("busybox ifconfig lxcbr0"), "there is a bridge for containers")
    device.end_by_api("off")
    device.wait_end("poweroff")
    device.wait_text("everything is unmounted")
    t.expect_clean(device.disk)


@story("a reboot through the API unmounts everything, and permanent data is there afterwards")
def reboots(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    device.shell("echo kept > /storage/disks/perm/counter/docker--var-lib-total/mark")
    device.end_by_api("reboot")
    device.wait_end("reboot")
    t.expect_clean(device.disk)
    device.boot()
    device.wait_ready()
    mark = device.shell("cat /volumes/counter/docker--var-lib-total/mark")
    t.expect_equal(mark, "kept\n", "permanent data")


@story("after a power cut it comes up again")
def power_cut(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    device.cut()
    device.boot()
    device.wait_ready()


@story("ctrl-alt-del reboots in order")
def ctrl_alt_del(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    device.press("ctrl", "alt", "delete")
    device.wait_end("reboot")
    t.expect_clean(device.disk)


@story("SIGUSR2 powers off in order")
def signal_powers_off(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    device.shell("kill -USR2 1")
    device.wait_end("poweroff")
    t.expect_clean(device.disk)


@story("a clock at 1970 is no obstacle, also for a storage from the future")
def clock_at_1970(t):
    device = t.device(extra=["-rtc", "base=1970-01-01T00:00:10"])
    device.boot()
    device.wait_ready()
    t.expect(device.shell("busybox date +%Y").startswith("1970"), "it is 1970 there")
    device.end_by_api("reboot")
    device.wait_end("reboot")
    t.expect_clean(device.disk)


@story("version 1 control groups do as well, when the command line asks for them")
def hybrid_control_groups(t):
    device = t.device(append="systemd.unified_cgroup_hierarchy=0")
    device.boot()
    device.wait_ready()
    t.expect_equal(device.containers(), DEMO, "containers")
    t.expect("memory" in device.shell("ls /sys/fs/cgroup").split(), "a hierarchy of version 1")
    device.end_by_api("off")
    device.wait_end("poweroff")
    t.expect_clean(device.disk)


@story("an open debug shell puts a reboot off, until it is closed")
def debug_shell(t):
    files = {"/bin/sh": "#!/bin/busybox sh\nexec /bin/busybox sh \"$@\"\n"}
    device = t.device(append="pv_debug_shell=1 pv_debug_shell_autologin=1", files=files)
    device.boot()
    device.wait_text("Press [ENTER]")
    device.wait_ready()
    device.type("\r")
    wait_until("a shell answers", 20, lambda: device.type("echo so$((2+3))\r") or "so5" in device.text(), pause=0.5)
    device.end_by_api("reboot")
    device.wait_text("a shell is open: the end is put off")
    device.type("exit\r")
    device.wait_end("reboot")
    t.expect_clean(device.disk)


@story("standalone mode offers a shell and starts nothing else")
def standalone(t):
    files = {"/bin/sh": "#!/bin/busybox sh\nexec /bin/busybox sh \"$@\"\n"}
    device = t.device(append="pv_system_init_mode=standalone pv_debug_shell_autologin=1", files=files)
    device.boot()
    device.wait_text("Press [ENTER]")
    device.wait_shell()
    t.expect("/storage" not in device.shell("busybox mount"), "the storage is left alone")
    t.expect_equal(device.shell("busybox ps | busybox awk '/pantavisor runtime/ && !/awk/'"), "", "runtimes")
    device.shell("kill -TERM 1")
    device.wait_end("reboot")
