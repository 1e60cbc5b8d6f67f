#!/usr/bin/env python3
"""Measures boots and updates in the emulator: hack/qemu/bench.py [BOOTS]

Prints lines "name value unit" for hack/bench.sh: medians of what the kernel's clock says at each phase, from the moment
it starts the first process, and the same for a shell of busybox, which takes the same steps up to the mounted storage,
and no other. Then the phases of an update of the initrd with each boot loader, by the clock on the wall.
"""

import pathlib
import shutil
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import images  # noqa: E402
import initramfs  # noqa: E402
import kernels  # noqa: E402
import loaders  # noqa: E402
from device import Device  # noqa: E402
from kernels import TOP, run  # noqa: E402
from story import Telling  # noqa: E402

PHASES = {
    "boot_handover": "as init process",
    "boot_early": "is the first process",
    "boot_storage": "is mounted on /storage",
    "boot_runtime": "the runtime is up",
}

SHELL = """#!/bin/busybox sh
export PATH=/sbin:/usr/sbin:/bin
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b mount -t tmpfs run /run
exec >/dev/kmsg 2>&1
for m in virtio_pci virtio_blk loop squashfs overlay; do /sbin/modprobe $m; done
$b mount -t cgroup2 cgroup2 /sys/fs/cgroup
$b ifconfig lo up
$b brctl addbr lxcbr0
$b ifconfig lxcbr0 10.0.3.1 netmask 255.255.255.0 up
/sbin/e2fsck -p /dev/vda
$b mkdir -p /storage
$b mount -t ext4 -o noatime /dev/vda /storage
echo "shell: is mounted on /storage"
while :; do $b sleep 1000; done
"""


def archives(directory, kernel, with_shell):
    """The product with its modules; or the same tools and modules under a shell."""
    addon = directory / "modules.cpio"
    run(TOP / "hack/build-initramfs.sh", "--addon", "--output", addon,
        "--kernel-modules", kernel.modules, initramfs.MODULES[kernel.flavour],
        "--add", "/bin/busybox", "/bin/busybox")  # fmt: skip
    found = [initramfs.product(), addon]
    if with_shell:
        script = directory / "shell"
        script.write_text(SHELL)
        script.chmod(0o755)
        init = directory / "init.cpio"
        # The same archive with another first process: what the kernel unpacks is the same.
        run(TOP / "hack/build-initramfs.sh", "--addon", "--output", init, "--add", script, "/shell")
        found.append(init)
    return found


def boot(directory, kernel, disk, parts, with_shell):
    """The kernel's time at each phase of one boot, in milliseconds."""
    with Device(directory, disk, kernel, append="rdinit=/shell" if with_shell else "") as device:
        device.archives = parts
        device.boot()
        device.wait_text("is mounted on /storage" if with_shell else "the runtime is up")
        text = device.text()
        return {name: 1000 * device.uptime_of(words) for name, words in PHASES.items() if words in text}


def update(directory, kernel, loader):
    """The seconds at the end of each phase of an update, from the command on."""
    directory.mkdir()
    t = Telling(directory, kernel)
    try:
        device = t.loaded(loader, commit_delay=0)
        device.start()
        device.upload(device.revision.booting(directory, "two"), "locals/two")
        began = time.monotonic()
        ends = {}

        def reached(phase):
            ends[phase] = time.monotonic() - began

        device.command("LOCAL_RUN", "locals/two")
        device.wait_end("reboot")
        reached("install_and_stop")
        device.boot()
        device.wait_text("Linux version")
        reached("loader")
        device.wait_text("is the first process")
        reached("kernel")
        device.wait_text("the runtime is up")
        reached("runtime")
        device.wait_progress("locals/two", "DONE")
        reached("goals_and_commit")
        return ends
    finally:
        t.finish()


def updates(directory, kernel, count):
    for loader in (loaders.UBoot(), loaders.Grub()):
        runs = [update(directory / f"{loader.slug}-{number}", kernel, loader) for number in range(count)]
        phases = list(runs[0])
        for before, phase in zip([None, *phases], phases):
            value = statistics.median(one[phase] - one.get(before, 0) for one in runs)
            print(f"update_{loader.slug}_{phase} {round(1000 * value)} milliseconds")
        value = statistics.median(one[phases[-1]] for one in runs)
        print(f"update_{loader.slug} {round(1000 * value)} milliseconds")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    directory = kernels.WORK / "bench"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        kernels.can_emulate()
        kernel = kernels.Kernel("cloud")
    except kernels.Unavailable as reason:
        print(f"boot skipped {reason}")
        return
    disk = images.make_storage(directory / "disk.img")
    parts = {with_shell: archives(directory, kernel, with_shell) for with_shell in (False, True)}
    ours, shells = [], []
    for _ in range(count):
        # By turns: other work on the machine is no advantage of either.
        ours.append(boot(directory, kernel, disk, parts[False], with_shell=False))
        shells.append(boot(directory, kernel, disk, parts[True], with_shell=True))

    def figure(name, boots, phase, begin=None, limit=""):
        values = [one[phase] - (one[begin] if begin else 0) for one in boots]
        print(f"{name} {round(statistics.median(values))} milliseconds {limit}".rstrip())
        return statistics.median(values)

    figure("boot_kernel", ours, "boot_handover")
    figure("boot_early_mounts", ours, "boot_early", "boot_handover")
    figure("boot_storage", ours, "boot_storage", "boot_handover")
    runtime = figure("boot_runtime", ours, "boot_runtime", "boot_handover")
    shell = figure("boot_shell_storage", shells, "boot_storage", "boot_handover")
    print(f"boot_more_than_shell {round(runtime - shell)} milliseconds 1000")
    try:
        updates(directory, kernel, min(count, 3))
    except kernels.Unavailable as reason:
        print(f"update skipped {reason}")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
