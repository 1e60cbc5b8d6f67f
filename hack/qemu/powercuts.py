"""What a device does after each power cut of a recorded life, found out without switching it on.

Each disk is looked at twice: as the loader sees it, without the journal, and as the kernel does, when its filesystem
was mended; then by `pantavisor check-storage`.
"""

import contextlib
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

from kernels import TOP, run
from loaderview import LoaderView
from replay import Log, Replay, Write


class Recording:
    """The life of a device: what its disk was, what was written to it, and what must be true from when on."""

    def __init__(self, device):
        """From its next boot on everything is written down."""
        self.device = device
        device.is_recorded = True
        self.base = device.directory / "base.img"
        shutil.copyfile(device.disk, self.base)
        self._marks = []
        #: Documents by revision: what a loader can be told to boot.
        self.revisions = {"0": device.revision}

    def mark(self, *allowed, there=()):
        """From now on the loader is told one of these, as (revision to come back to, revision to try).

        `there` are revisions that were acknowledged and must not get lost.
        """
        log = self.device.log_of_writes
        size = log.stat().st_size if self.device.boots else 0
        self._marks.append((self.device.boots, size, set(allowed), set(there)))

    def read(self):
        """All that was written, and the marks by their positions."""
        entries, marks = [], [(0, *rest) for at, _, *rest in self._marks if at == 0]
        for boot in range(1, self.device.boots + 1):
            log = Log(self.device.directory / f"writes-{boot}.bin")
            marks += [(len(entries) + log.position(size), *rest) for at, size, *rest in self._marks if at == boot]
            entries += log.entries
        return entries, marks


class Examiner:
    """Looks at disks. `problems` is what it found: sentences."""

    def __init__(self, recording, directory):
        self.loader = recording.device.loader
        self.revisions = recording.revisions
        #: The partitions apart: e2fsck replays no journal behind an offset.
        self.disk = recording.device.image.at(directory / "cut.img")
        self.storage = directory / "storage.img"
        self.directory = directory
        #: What the boot partition held from the start.
        self.boot_files = {name: recording.device.image.boot_file(name) for name in self.loader.boot_files}

    def examine(self, content, allowed, there):
        """What is wrong with a disk, in sentences."""
        begin, end = self.disk.storage_start, self.disk.storage_start + self.disk.storage_bytes
        self.disk.path.write_bytes(memoryview(content)[:begin])
        self.storage.write_bytes(memoryview(content)[begin:end])
        seen, problems = self._as_loader(content)
        if seen not in allowed:
            problems.append(f"the loader is told {seen}, and should be one of {sorted(allowed)}")
        return problems + self._as_kernel(allowed, there)

    def _as_loader(self, content):
        view = LoaderView(content, self.disk.storage_start)
        variables = self.loader.variables(self.disk, view.read)
        told = variables.get("pv_rev") or "0", variables.get("pv_try") or ""
        problems = [f"{name} on the boot partition is not what it was" for name, data in self.boot_files.items()
                    if self.disk.boot_file(name) != data]  # fmt: skip
        for revision in filter(None, told):
            problems += self._bootable(view, revision)
        return told, problems

    def _bootable(self, view, revision):
        if revision not in self.revisions:
            return [f"the loader is told to boot {revision}, which nobody put there"]
        problems = []
        for link, sha in self.revisions[revision].boot_links().items():
            data = view.read(f"/trails/{revision}/.pv/{link}")
            if data is None or hashlib.sha256(data).hexdigest() != sha:
                what = "missing" if data is None else "not whole"
                problems.append(f"{link} of {revision} is {what} for the loader")
        return problems

    def _as_kernel(self, allowed, there):
        code = subprocess.run(["e2fsck", "-fy", self.storage], capture_output=True, text=True, check=False)
        if code.returncode > 1:
            return [f"the storage cannot be mended: {code.stdout[-500:]}"]
        with self._contents() as storage:
            found = subprocess.run(
                [TOP / "out/pantavisor", "check-storage", storage, "--bootloader", self.loader.bootloader],
                capture_output=True, text=True, check=False)  # fmt: skip
            if found.returncode != 0:
                return [f"check-storage: {found.stdout}{found.stderr}".strip()]
            words = [line.split() for line in found.stdout.splitlines()]
            told = {line[0]: line[1].rstrip(":") for line in words}
            told = told["boots"], told.get("tries", "")
            problems = [] if told in allowed else [f"the runtime is told {told}, not one of {sorted(allowed)}"]
            return problems + self._kept(storage, there)

    def _kept(self, storage, there):
        problems = []
        for name in there:
            document = storage / "trails" / name / ".pvr/json"
            if not document.exists() or document.read_bytes() != self.revisions[name].json():
                problems.append(f"{name} was acknowledged, and is lost")
            for sha in set(self.revisions[name].objects().values()):
                if not (storage / "objects" / sha).exists():
                    problems.append(f"object {sha} of {name} was acknowledged, and is lost")
        return problems

    @contextlib.contextmanager
    def _contents(self):
        """The storage as a directory: mounted by root, copied by others."""
        place = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        if os.geteuid() == 0:
            run("mount", "-t", "ext4", "-o", "loop,ro", self.storage, place)
            try:
                yield place
            finally:
                run("umount", place)
        else:
            run("debugfs", "-R", f"rdump / {place}", self.storage)
            yield place
        shutil.rmtree(place)


def memory():
    """A directory for disks that are written over and over."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="pv-cuts-", dir=place)


def examine(recording, count, seed, keep=None, forgets=0):
    """Looks at so many power cuts: how many there were, what was replayed, and the problems found.

    `keep(state, content, allowed)` is asked about each disk that is sound. A disk that `forgets` so much of what it said
    it had flushed must show problems.
    """
    entries, marks = recording.read()
    chance = random.Random(seed)
    # What is lost leaves its place empty.
    entries = [one and (one if chance.random() >= forgets else Write(0, b"", False)) for one in entries]
    replay = Replay(recording.base, entries)
    problems, seen = [], 0
    with memory() as directory:
        examiner = Examiner(recording, pathlib.Path(directory))
        for state, content in replay.states(count, seed):
            seen += 1
            allowed, there = _expected(marks, state.position)
            found = examiner.examine(content, allowed, there)
            if found and len(problems) < 8 and not forgets:
                (recording.device.directory / f"cut-{state.position}.img").write_bytes(content)
            problems += [f"{state}: {problem}" for problem in found]
            if keep and not found:
                keep(state, content, allowed)
    return seen, replay, problems


def _expected(marks, position):
    """What was last marked at or before a position."""
    allowed, there = set(), set()
    for at, one, kept in marks:
        if at <= position:
            allowed, there = one, kept
    return allowed, there
