"""Kernels to boot: Debian's, fetched with apt once and unpacked below .build-qemu/."""

import lzma
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / ".build-qemu"

#: Package whose dependency names the newest kernel of a flavour.
FLAVOURS = {"cloud": "linux-image-cloud-amd64", "full": "linux-image-amd64"}


class Unavailable(Exception):
    """What is needed to run the tests cannot be had here; the text says why."""


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


class Kernel:
    """An unpacked kernel: `image` for the emulator to boot, `packed` for loaders, `modules` to take modules from."""

    def __init__(self, flavour):
        self.flavour = flavour
        package = self._package()
        self.directory = WORK / package
        if not (self.directory / ".complete").exists():
            self._fetch(package)
        (self.modules,) = (self.directory / "lib/modules").iterdir()
        (self.packed,) = (self.directory / "boot").glob("vmlinuz-*")
        self.image = self.directory / "vmlinux"
        if not self.image.exists():
            self._unpack(self.packed)

    def _package(self):
        try:
            text = run("apt-cache", "depends", FLAVOURS[self.flavour])
        except (OSError, subprocess.CalledProcessError) as error:
            raise Unavailable(f"apt knows no kernel: {error}") from error
        names = [line.split()[1] for line in text.splitlines() if line.strip().startswith("Depends: linux-image")]
        if not names:
            raise Unavailable(f"apt does not know {FLAVOURS[self.flavour]}; run hack/install-dependencies.sh --device")
        return names[0]

    def _fetch(self, package):
        WORK.mkdir(exist_ok=True)
        try:
            run("apt-get", "download", "-q", package, cwd=WORK)
            (archive,) = WORK.glob(f"{package}_*.deb")
            run("dpkg", "-x", archive, self.directory)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise Unavailable(f"{package} cannot be fetched: {getattr(error, 'stderr', error)}") from error
        archive.unlink()
        (self.directory / ".complete").touch()

    def _unpack(self, packed):
        """Finds the kernel proper in a bzImage: unpacked, it boots without the emulator unpacking it each time."""
        data = packed.read_bytes()
        for magic, unpack in ((b"\xfd7zXZ\0", _unpack_xz), (b"\x02\x21\x4c\x18", _unpack_lz4)):
            start = data.find(magic)
            while start >= 0:
                image = unpack(data[start:])
                if image[:4] == b"\x7fELF":
                    self.image.write_bytes(image)
                    return
                start = data.find(magic, start + 1)
        self.image = packed


def _unpack_xz(data):
    try:
        return lzma.LZMADecompressor().decompress(data)
    except lzma.LZMAError:
        return b""


def _unpack_lz4(data):
    # What follows the kernel in the file makes lz4 complain after it has given everything.
    return subprocess.run(["lz4", "-dc"], input=data, capture_output=True, check=False).stdout


def can_emulate():
    """Raises Unavailable when there is no emulator."""
    path = os.environ.get("PATH", "").split(":")
    if not any(os.access(f"{place}/qemu-system-x86_64", os.X_OK) for place in path):
        raise Unavailable("there is no qemu-system-x86_64; run hack/install-dependencies.sh --device")
