"""Storage that is missing, damaged, full or too small."""

import images
from story import story


@story("without its storage it says so, and reboots, so that a loader can go back")
def storage_missing(t):
    device = t.diskless(append="pv_storage_wait=2")
    device.boot()
    device.wait_text("this machine cannot come up: storage: LABEL=pvroot did not appear within 2 s")
    device.wait_end("reboot")


@story("a storage that appears late is waited for")
def storage_late(t):
    disk = t.storage()
    # A place on the bus that a device can be put into later.
    device = t.diskless(append="pv_storage_wait=60", extra=["-device", "pcie-root-port,id=late,chassis=1"])
    device.boot()
    device.wait_text("early boot is done")
    file = {"driver": "file", "filename": str(disk)}
    device.qmp("blockdev-add", **{"driver": "raw", "node-name": "late0", "file": file})
    device.qmp("device_add", driver="virtio-blk-pci", drive="late0", bus="late", id="late1")
    device.wait_ready()


@story("a storage beyond repair is told of, and the machine reboots")
def storage_destroyed(t):
    disk = t.storage()
    # The superblock and every copy of it.
    images.overwrite(disk, 0, bytes(disk.stat().st_size))
    device = t.device(disk, append="pv_storage_device=/dev/vda pv_storage_fstype=ext4")
    device.boot()
    device.wait_text("this machine cannot come up: storage: /dev/vda")
    device.wait_end("reboot")


@story("a storage whose superblock is gone is mended from its copy")
def superblock_destroyed(t):
    disk = t.storage()
    images.overwrite(disk, 1024, bytes(1024))
    device = t.device(disk, append="pv_storage_device=/dev/vda")
    device.boot()
    device.wait_text("was damaged and is mended")
    device.wait_ready()


@story("a damaged storage is mended, and everything comes up")
def storage_damaged(t):
    disk = t.storage()
    # A directory entry without its file, wrong counts, and a file that two names claim.
    images.debugfs(disk, "clri /lost+found")
    images.debugfs(disk, "set_super_value free_blocks_count 1")
    images.debugfs(disk, "set_super_value state 2")
    code, _ = images.check(disk)
    t.expect(code != 0, "it is damaged")
    device = t.device(disk)
    device.boot()
    device.wait_text("was damaged and is mended")
    device.wait_ready()
    device.end_by_api("off")
    device.wait_end("poweroff")
    t.expect_clean(disk)


@story("a full storage keeps nobody from the API")
def storage_full(t):
    device = t.device(t.storage(megabytes=48))
    device.boot()
    device.wait_ready()
    fill = "busybox dd if=/dev/zero of=/storage/ballast"
    device.shell(f"{fill} bs=64k; {fill}.rest bs=1k; busybox sync", timeout=120)
    t.expect(" 0 100% /storage" in " ".join(device.shell("busybox df -P /storage").split()), "it is full")
    device.end_by_api("reboot")
    device.wait_end("reboot")
    device.boot()
    device.wait_ready()
    device.end_by_api("off")
    device.wait_end("poweroff")


@story("a storage grows with its device")
def storage_grows(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    before = int(device.shell("busybox df -P /storage | busybox awk 'NR == 2 { print $2 }'"))
    device.end_by_api("off")
    device.wait_end("poweroff")
    images.enlarge(device.disk, 256)
    device.boot()
    device.wait_ready()
    after = int(device.shell("busybox df -P /storage | busybox awk 'NR == 2 { print $2 }'"))
    t.expect(after > before + 120 * 1024, f"it has grown: from {before} to {after} KiB")
    device.end_by_api("off")
    device.wait_end("poweroff")
    t.expect_clean(device.disk)


@story("a hook mounts what needs more than mount(2), and logs may lie in memory")
def storage_by_hook(t):
    hook = "#!/bin/busybox sh\n/bin/busybox mount -t ext4 /dev/vda \"$1\"\n"
    device = t.device(append="pv_storage_mnttype=own pv_storage_logtempsize=4m", files={"/btools/pvmnt.own": hook})
    device.boot()
    device.wait_ready()
    mounts = device.shell("busybox mount")
    t.expect("tmpfs on /storage/logs" in mounts, "logs lie in memory")
    t.expect("pvmnt.own mounted /storage" in device.text(), "the hook mounted it")
    device.end_by_api("off")
    device.wait_end("poweroff")
    t.expect_clean(device.disk)


@story("a storage that something holds on to becomes read-only before the end")
def storage_held(t):
    device = t.device()
    device.boot()
    device.wait_ready()
    # A loop device of nobody's: no process to kill, and the file stays open.
    device.shell("echo x > /storage/held; busybox losetup -r -f /storage/held")
    device.end_by_api("reboot")
    device.wait_end("reboot")
    t.expect("/storage cannot be unmounted and is read-only now" in device.text(), "it says so")
    t.expect_clean(device.disk)
