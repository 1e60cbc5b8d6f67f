#!/usr/bin/env python3
"""Measures a boot in the emulator: hack/qemu/bench.py [BOOTS]

Prints lines "name value unit" for hack/bench.sh: medians of what the kernel's clock says at each phase, and the same
for a shell of busybox as the first process, which takes the same steps up to the mounted storage, and no other.
"""

import pathlib
import shutil
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import images  # noqa: E402
import initramfs  # noqa: E402
import kernels  # noqa: E402
from device import Device  # noqa: E402
from kernels import TOP, run  # noqa: E402

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


def boots(directory, kernel, disk, count, with_shell):
    """The kernel's times of the phases, in seconds, of each boot."""
    times = {name: [] for name in PHASES}
    parts = archives(directory, kernel, with_shell)
    for _ in range(count):
        with Device(directory, disk, kernel, append="rdinit=/shell" if with_shell else "") as device:
            device.archives = parts
            device.boot()
            device.wait_text("is mounted on /storage" if with_shell else "the runtime is up")
            for name, words in PHASES.items():
                if words in device.text():
                    times[name].append(device.uptime_of(words))
    return {name: round(1000 * statistics.median(values)) for name, values in times.items() if values}


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
    shell = boots(directory, kernel, disk, count, with_shell=True)
    ours = boots(directory, kernel, disk, count, with_shell=False)
    for name in PHASES:
        print(f"{name} {ours[name]} milliseconds")
    print(f"boot_shell_storage {shell['boot_storage']} milliseconds")
    print(f"boot_more_than_shell {ours['boot_runtime'] - shell['boot_storage']} milliseconds 1000")
    shutil.rmtree(directory)


if __name__ == "__main__":
    main()
