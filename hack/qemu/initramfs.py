"""The initramfs under test, and what the tests put behind it."""

import os

from kernels import TOP, WORK, run

AGENT = WORK / "test-agent"
SOURCES = TOP / "hack/qemu/guest"

#: What a virtual machine and the demo need, by flavour of the kernel.
MODULES = {
    "cloud": "virtio_pci,virtio_blk,virtio_net,squashfs,loop,overlay,bridge,softdog,dummy,vfat,nls_cp437,nls_ascii",
    "full": "virtio_pci,virtio_blk,virtio_net,squashfs,loop,overlay,bridge,ext4,crc32c_generic,i6300esb,dummy,vfat,nls_cp437,nls_ascii",
}


def is_newer(target, *sources):
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)


def product():
    """The initramfs as it is shipped, from what out/ holds."""
    target = WORK / "pantavisor.cpio"
    parts = [TOP / "out/pantavisor", TOP / "out/pv-lxc-start", TOP / "hack/build-initramfs.sh"]
    if not is_newer(target, *parts):
        run(TOP / "hack/build-initramfs.sh", "--output", target)
    return target


def addon(kernel):
    """Modules of a kernel, and the tests' agent with its shell."""
    target = WORK / f"addon-{kernel.directory.name}.cpio"
    parts = [SOURCES / "agent.c", SOURCES / "start-agent"]
    if is_newer(target, *parts, TOP / "hack/build-initramfs.sh", SOURCES.parent / "initramfs.py"):
        return target
    run(os.environ.get("CC", "cc"), "-Os", "-static", "-s", "-Wall", "-Wextra", "-Werror", "-o", AGENT, parts[0])
    run(
        TOP / "hack/build-initramfs.sh", "--addon", "--output", target,
        "--kernel-modules", kernel.modules, MODULES[kernel.flavour],
        "--add", "/bin/busybox", "/bin/busybox", "--add", AGENT, "/usr/bin/test-agent",
        "--add", parts[1], "/lib/pv/hooks_early.spawn/start-agent",
    )  # fmt: skip
    return target


def files(directory, contents):
    """An archive with files made up for one story: {absolute path: text or bytes}; those that begin with #! may run."""
    words = []
    for number, (path, content) in enumerate(sorted(contents.items())):
        source = directory / f"added-{number}"
        data = content.encode() if isinstance(content, str) else content
        source.write_bytes(data)
        source.chmod(0o755 if data.startswith(b"#!") else 0o644)
        words += ["--add", source, path]
    target = directory / "files.cpio"
    run(TOP / "hack/build-initramfs.sh", "--addon", "--output", target, *words)
    return target


def concatenate(archives, target):
    """One file of several archives, as the kernel and loaders take it; each begins at a multiple of four bytes."""
    with target.open("wb") as whole:
        for archive in archives:
            whole.write(archive.read_bytes())
            whole.write(b"\0" * (-whole.tell() % 512))
    return target
