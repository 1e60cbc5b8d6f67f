"""Revisions made up for stories: the demo's containers, a kernel and an initrd, and what a story changes about them.

    first = revisions.bootable(kernel, loader, directory)
    second = first.changed({"_config/sensor/etc/motto": b"two"})        # a container's files
    third = first.booting(directory, "three")                           # another initrd, with /etc/bsp to tell them apart
"""

import gzip
import hashlib
import json
import os
import pathlib
import shutil

import images
import initramfs

#: Containers of the demo that devices with a loader run: one that says itself when it is ready, one with permanent
#: data, and one that only a reboot may replace.
CONTAINERS = ("init-os", "sensor", "counter")

#: Seconds a group has to reach its goal.
GROUP_TIMEOUT = 45

BOOT_NAMES = {"linux": "kernel.img", "initrd": "initrd.img"}


class Revision:
    """A state document and the files that are its objects; a value: changing it gives another one.

    `files` are bytes or paths, by the objects' names.
    """

    def __init__(self, state, files, parts=None):
        self.state = state
        self.files = files
        #: Archives of the initrd, and what is to follow as one.
        self.parts = parts

    def changed(self, entries, parts=None):
        """With other entries: bytes and paths become objects, nil removes an entry, the rest is JSON."""
        state, files = dict(self.state), dict(self.files)
        for key, value in entries.items():
            if value is None:
                state.pop(key, None)
            elif isinstance(value, (bytes, pathlib.Path)):
                name = _name_of(value)
                state[key] = name
                files[name] = value
            else:
                state[key] = value
        return Revision(state, files, parts or self.parts)

    def booting(self, directory, version, extra=None):
        """With an initrd of its own: `/etc/bsp` says which, and `extra` are files that lie over what it holds."""
        directory = directory / f"initrd-{version}"
        directory.mkdir(exist_ok=True)
        contents = {"/etc/bsp": f"{version}\n", **(extra or {})}
        return self.changed(self.parts.entries(directory, initramfs.files(directory, contents)))

    def json(self):
        return json.dumps(self.state, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def objects(self):
        """What the document names, by key."""
        return {key: value for key, value in self.state.items() if isinstance(value, str) and key != "#spec"}

    def write(self, storage):
        """Makes a storage directory with it as the factory's revision, as an image for a board is made."""
        shutil.rmtree(storage, ignore_errors=True)
        trail, pool = storage / "trails/0", storage / "objects"
        (storage / "boot").mkdir(parents=True)
        for directory in (pool, trail / ".pvr", trail / ".pv", trail / "bsp"):
            directory.mkdir(parents=True)
        (trail / ".pvr/json").write_bytes(self.json())
        for key, name in self.objects().items():
            _write(self.files[name], pool / name)
            if key.startswith("bsp/"):
                os.link(pool / name, trail / key)
        for link, sha in self.boot_links().items():
            os.link(pool / sha, trail / ".pv" / link)
        return storage

    def boot_links(self):
        """What a loader finds in its trail, by name: the objects behind it."""
        boot = self.state["bsp/run.json"]
        links = {"pv-kernel.img": boot["linux"], "pv-initrd.img": boot["initrd"]}
        links.update({f"pv-initrd.img.{number}": name for number, name in enumerate(boot.get("addons", []))})
        return {link: self.state[f"bsp/{name}"] for link, name in links.items()}


class SeparateParts:
    """For a loader that takes addons: what changes is a file of its own."""

    def __init__(self, base):
        self.base = base

    def entries(self, _, extra):
        names = [f"addon{number}.cpio" for number in range(2)]
        return {
            "bsp/initrd.img": self.base[0], "bsp/addon0.cpio": self.base[1], "bsp/addon1.cpio": extra,
            "bsp/run.json": {**BOOT_NAMES, "addons": names},
        }  # fmt: skip


class OnePart:
    """For one that takes a single initrd: a new one each time."""

    def __init__(self, base):
        self.base = base

    def entries(self, directory, extra):
        whole = initramfs.concatenate([*self.base, extra], directory / "initrd.img")
        return {"bsp/initrd.img": whole, "bsp/run.json": BOOT_NAMES}


def bootable(kernel, loader, directory):
    """The factory's revision of a device with a loader."""
    demo = images.demo_storage()
    state = json.loads((demo / "trails/0/.pvr/json").read_bytes())
    kept = {
        key: value for key, value in state.items()
        if key in ("#spec", "device.json") or key.split("/")[0] in CONTAINERS
    }  # fmt: skip
    # Of the machine's own clock, which an emulator that gets little done does not stop.
    groups = [{**one, "timeout": GROUP_TIMEOUT} for one in state["device.json"]["groups"] if one["name"] != "data"]
    kept["device.json"] = {"groups": groups}
    files = {name: demo / "objects" / name for name in kept.values() if isinstance(name, str)}
    base = [packed(part, directory) for part in (initramfs.product(), initramfs.addon(kernel))]
    parts = SeparateParts(base) if loader.has_addons else OnePart(base)
    revision = Revision(kept, files, parts).changed({"bsp/kernel.img": kernel.packed})
    return revision.booting(directory, "factory")


def packed(archive, directory):
    """As the kernel unpacks it in a fraction of a second, and of a length that another archive can follow."""
    target = directory / f"{archive.name}.gz"
    data = gzip.compress(archive.read_bytes(), 6, mtime=0)
    target.write_bytes(data + b"\0" * (-len(data) % 512))
    return target


def _name_of(content):
    data = content.read_bytes() if isinstance(content, pathlib.Path) else content
    return hashlib.sha256(data).hexdigest()


def _write(content, target):
    if isinstance(content, pathlib.Path):
        shutil.copyfile(content, target)
    else:
        target.write_bytes(content)
