"""Who puts the kernel into memory: the emulator itself, or a boot loader from the disk.

A loader has `machine` and `arguments(device)` for the emulator. One that lies on the disk also has `install`, which makes
a disk boot with it, `boot_files` it made on the boot partition, `bootloader` for `PV_BOOTLOADER_TYPE`, and `variables`,
which finds what it would find on a disk; `read` gives a file of the storage. The scripts are those of hack/boot as they are shipped; what a board sets is set here.
"""

import pathlib
import re
import subprocess

import initramfs
from kernels import TOP, WORK, Unavailable, run

SCRIPTS = TOP / "hack/boot"

#: What every kernel of the tests is told. The storage is found by its label; a panic ends in a reboot.
ARGUMENTS = "console=ttyS0 panic=2 apparmor=0 pv_system_drivers_load_early_auto=1 pv_storage_device=LABEL=pvroot"


class DirectKernel:
    """The emulator is the loader: it puts kernel and initramfs into memory.

    Nothing on the disk is read to boot it, so its revision needs no part for that.
    """

    machine = "q35"

    def __init__(self, revision="0", append=""):
        self.revision = revision
        self.append = append

    def arguments(self, device):
        initrd = initramfs.concatenate(device.archives, device.directory / "initrd.cpio")
        line = f"{ARGUMENTS} pv_bootloader_type=none pv_rev={self.revision} {device.append} {self.append}"
        return ["-kernel", device.kernel.image, "-initrd", initrd, "-append", line]


class UBoot:
    """Debian's U-Boot for this emulator, with boot.cmd.

    Its environment is patched to look at the disk at once: it would wait for a key and for a network. It has neither
    `setexpr`, so no addons, nor a shell command that starts a watchdog.
    """

    name = "U-Boot"
    slug = "uboot"
    bootloader = "uboot"
    boot_files = ("boot.scr", "oemEnv.txt")
    machine = "pc"
    boot_type = "c"
    has_addons = False

    _ROM = pathlib.Path("/usr/lib/u-boot/qemu-x86/u-boot.rom")
    _PATCHES = ((b"bootdelay=2", b"bootdelay=0"), (b"boot_targets=usb0 scsi0 virtio0 ide0 dhcp ", b"boot_targets=virtio0"))

    def __init__(self):
        if not self._ROM.exists():
            raise Unavailable(f"there is no {self._ROM}; run hack/install-dependencies.sh --device")

    def install(self, disk, directory, append):
        script, environment = directory / "boot.scr", directory / "oemEnv.txt"
        run("mkimage", "-A", "x86", "-T", "script", "-C", "none", "-d", SCRIPTS / "boot.cmd", script)
        # The kernel unpacks itself over U-Boot's own address for the initrd.
        environment.write_text(f"ramdisk_addr_r=0xa000000\npv_args={ARGUMENTS} pv_bootloader_type=uboot {append}\n")
        disk.put(script, "boot.scr")
        disk.put(environment, "oemEnv.txt")

    def arguments(self, _):
        rom = WORK / "u-boot.rom"
        if not initramfs.is_newer(rom, self._ROM, pathlib.Path(__file__)):
            data = self._ROM.read_bytes()
            for old, new in self._PATCHES:
                assert data.count(old) == 1, f"another U-Boot: {old} is not there once"
                data = data.replace(old, new.ljust(len(old)))
            rom.write_bytes(data)
        return ["-bios", rom]


    def variables(self, disk, read):
        stored = read("/boot/uboot.txt") or b""
        entries = stored[:1024].split(b"\0\0")[0].split(b"\0")
        own = disk.boot_file("pv.env") or b""
        return _pairs(entries, b"pv_rev", b"pv_try") | _pairs(re.split(rb"[\0\n]", own), b"pv_trying")


class Grub:
    """GRUB from the gap behind the partition table, with grub.cfg, as firmware of the BIOS starts it."""

    name = "GRUB"
    slug = "grub"
    bootloader = "grub"
    boot_files = ()
    machine = "q35"
    boot_type = "c"
    has_addons = True

    _PLATFORM = "i386-pc"
    _FIRMWARE_MODULES = ("biosdisk",)
    _MODULES = (
        "part_msdos", "ext2", "fat", "linux", "loadenv", "test", "echo", "search", "search_fs_file", "serial", "reboot",
        "normal", "minicmd", "memdisk", "tar", "configfile",
    )  # fmt: skip

    def __init__(self):
        place = pathlib.Path("/usr/lib/grub") / self._PLATFORM
        if not (place / "modinfo.sh").exists():
            raise Unavailable(f"there is no GRUB in {place}; run hack/install-dependencies.sh --device")

    def install(self, disk, directory, append):
        image = self._image(directory, append)
        with disk.path.open("r+b") as file:
            # The first stage without the partition table, and the rest in the gap behind.
            file.write(pathlib.Path(f"/usr/lib/grub/{self._PLATFORM}/boot.img").read_bytes()[:440])
            file.seek(512)
            file.write(image.read_bytes())

    def _image(self, directory, append):
        board, early, memory, image = (directory / name for name in ("board.cfg", "early.cfg", "memdisk.tar", "core.img"))
        board.write_text(
            "serial --unit=0 --speed=115200\nterminal_output serial\n"
            f"set pv_args=\"{ARGUMENTS} pv_bootloader_type=grub {append}\"\nsource (memdisk)/grub.cfg\n")
        # What is built in is read by a parser without conditions: it only hands over to the other one.
        early.write_text("normal (memdisk)/board.cfg\n")
        run("tar", "-cf", memory, "-C", directory, board.name, "-C", SCRIPTS, "grub.cfg")
        run("grub-mkimage", "-O", self._PLATFORM, "-o", image, "-m", memory, "-c", early, "-p", "/boot/grub",
            *self._FIRMWARE_MODULES, *self._MODULES)  # fmt: skip
        return image

    def arguments(self, _):
        return []

    def variables(self, _, read):
        stored = read("/boot/grubenv") or b""
        own = read("/boot/grubenv.trying") or b""
        return _pairs(stored.split(b"\n"), b"pv_rev", b"pv_try") | _pairs(own.split(b"\n"), b"pv_trying")


class EFI:
    """A machine whose firmware is OVMF; its variables are the device's own, and stay from boot to boot."""

    machine = "q35"
    boot_type = "ef"

    _FIRMWARE = pathlib.Path("/usr/share/OVMF")

    def __init__(self):
        if not (self._FIRMWARE / "OVMF_CODE.fd").exists():
            raise Unavailable(f"there is no OVMF in {self._FIRMWARE}; run hack/install-dependencies.sh --device")

    def arguments(self, device):
        variables = device.directory / "variables.fd"
        if not variables.exists():
            variables.write_bytes((self._FIRMWARE / "OVMF_VARS.fd").read_bytes())
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={self._FIRMWARE}/OVMF_CODE.fd",
                "-drive", f"if=pflash,format=raw,file={variables}"]  # fmt: skip


class GrubEFI(EFI, Grub):
    """The same GRUB from the EFI system partition."""

    name = "GRUB on EFI"
    slug = "grub_efi"
    boot_files = ("EFI/BOOT/BOOTX64.EFI",)
    boot_type = "ef"

    _PLATFORM = "x86_64-efi"
    _FIRMWARE_MODULES = ("part_gpt",)

    def __init__(self):
        EFI.__init__(self)
        Grub.__init__(self)

    def install(self, disk, directory, append):
        disk.put(self._image(directory, append), "EFI/BOOT/BOOTX64.EFI")


class SystemdBoot(EFI):
    """Debian's systemd-boot, which counts the tries of an entry in its name."""

    name = "systemd-boot"
    slug = "systemd_boot"
    bootloader = "systemd-boot"
    boot_files = ("EFI/BOOT/BOOTX64.EFI",)
    #: Kernels and initrds lie there beside those of the storage.
    boot_megabytes = 160
    has_addons = True

    _LOADER = pathlib.Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")

    def __init__(self):
        super().__init__()
        if not self._LOADER.exists():
            raise Unavailable(f"there is no {self._LOADER}; run hack/install-dependencies.sh --device")

    def install(self, disk, directory, append):
        disk.put(self._LOADER, "EFI/BOOT/BOOTX64.EFI")
        disk.put(SCRIPTS / "loader.conf", "loader/loader.conf")
        # The factory's entry, as an image for a board has it.
        files = sorted((directory / "storage/trails/0/.pv").glob("pv-*.img*"))
        for file in files:
            disk.put(file, f"pantavisor/0/{file.name}")
        options = f"{ARGUMENTS} pv_bootloader_type=systemd-boot pv_bootloader_esp=/dev/vda1 {append} pv_rev=0"
        initrds = "".join(f"initrd /pantavisor/0/{file.name}\n" for file in files if "initrd" in file.name)
        entry = directory / "pantavisor-0.conf"
        entry.write_text("title Pantavisor 0\nsort-key pantavisor\nversion 1\nlinux /pantavisor/0/pv-kernel.img\n"
                         f"{initrds}options {options}\n")  # fmt: skip
        disk.put(entry, f"loader/entries/{entry.name}")

    def variables(self, disk, _):
        found = {}
        for name in disk.boot_names("loader/entries"):
            revision, _, counter = name.removeprefix("pantavisor-").removesuffix(".conf").partition("+")
            revision = re.sub("_(..)", lambda match: chr(int(match[1], 16)), revision)
            found["pv_try" if counter else "pv_rev"] = revision
        return found


def _pairs(lines, *keys):
    pairs = dict(line.split(b"=", 1) for line in lines if b"=" in line)
    return {key.decode(): pairs[key].decode() for key in keys if key in pairs}
