"""Disks with a partition for a boot loader and one for the storage, made without root.

    sector 0      partition table (MBR), and GRUB's first stage
    1 MiB         FAT: the loader's own files
    BOOT_END      ext4: the storage
"""

import subprocess

import images
from kernels import run

#: Where the boot partition begins and ends, and the storage begins, in bytes.
BOOT = 1 << 20
SECTOR = 512


class Disk:
    """An image with both partitions."""

    def __init__(self, path, boot_megabytes=16, storage_megabytes=160):
        self.path = path
        self.storage_start = BOOT + (boot_megabytes << 20)
        self.storage_bytes = storage_megabytes << 20

    @property
    def storage(self):
        """The storage as the tools of e2fsprogs take it."""
        return f"{self.path}?offset={self.storage_start}"

    @property
    def boot(self):
        """The boot partition as mtools take it."""
        return f"{self.path}@@{BOOT}"

    def make(self, storage, boot_type="c"):
        """Partitions, an empty FAT, and an ext4 with everything in a directory."""
        self.path.unlink(missing_ok=True)
        with self.path.open("wb") as file:
            file.truncate(self.storage_start + self.storage_bytes)
        boot_sectors = (self.storage_start - BOOT) // SECTOR
        table = f"label: dos\nstart={BOOT // SECTOR},size={boot_sectors},type={boot_type},bootable\n"
        table += f"start={self.storage_start // SECTOR},type=83\n"
        run("sfdisk", "-q", self.path, input=table)
        run("mformat", "-i", self.boot, "-T", boot_sectors, "-h", "64", "-s", "32", "-v", "PVBOOT", "::")
        # Blocks of the size that larger ones have: more sectors to be torn apart.
        run("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", images.LABEL,
            "-E", f"root_owner=0:0,offset={self.storage_start}", "-d", storage,
            self.path, f"{self.storage_bytes >> 10}k")  # fmt: skip
        return self

    def put(self, source, name):
        """Copies a file onto the boot partition, whose directories are made."""
        parts = name.split("/")[:-1]
        for depth in range(len(parts)):
            subprocess.run(["mmd", "-D", "s", "-i", self.boot, "::" + "/".join(parts[: depth + 1])],
                           capture_output=True, check=False)  # fmt: skip
        run("mcopy", "-D", "o", "-i", self.boot, source, f"::{name}")

    def boot_file(self, name):
        """A file of the boot partition, nil when there is none."""
        result = subprocess.run(["mtype", "-i", self.boot, f"::{name}"], capture_output=True, check=False)
        return result.stdout if result.returncode == 0 else None

    def boot_names(self, directory):
        """The files of a directory of the boot partition."""
        return [line.rsplit("/", 1)[-1] for line in run("mdir", "-b", "-i", self.boot, f"::{directory}").splitlines()]

    def at(self, path):
        """Another image with the same layout."""
        other = Disk(path)
        other.storage_start, other.storage_bytes = self.storage_start, self.storage_bytes
        return other
