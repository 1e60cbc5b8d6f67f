"""Disks as power cuts leave them: what the emulator wrote into its log, replayed up to some moment.

The emulator's `blklogwrites` notes every write with its content, and every flush. What was written before a flush that
has ended is on the disk; of what came after, a disk may keep any part, in any order, down to single sectors.
"""

import mmap
import random
import struct

MAGIC = 0x6A736677736872
SECTOR = 512
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


class Write:
    """One write: where it goes, and whether it is on the disk as soon as it has ended."""

    __slots__ = ("offset", "data", "is_durable", "end")

    def __init__(self, offset, data, is_durable):
        self.offset = offset
        self.data = data
        self.is_durable = is_durable
        self.end = offset + len(data)


class Log:
    """What one boot wrote: writes, and nil for each flush. `ends` are the positions in the file behind each."""

    def __init__(self, path):
        self.entries = []
        self.ends = []
        if not path.exists() or path.stat().st_size < SECTOR:
            return
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            magic, version, _, size = struct.unpack_from("<QQQI", data)
            if (magic, version) != (MAGIC, 1):
                raise ValueError(f"{path} is no log of writes")
            self._read(data, size)

    def _read(self, data, size):
        # The number of entries at the head is written now and then only.
        place = size
        while place + size <= len(data):
            sector, count, flags, _ = struct.unpack_from("<QQQQ", data, place)
            place += size
            if flags & (DISCARD | MARK) == 0:
                length = count * size
                if place + length > len(data):
                    return
                if length:
                    self.entries.append(Write(sector * size, data[place:place + length], bool(flags & FUA)))
                    self.ends.append(place + length)
                place += length
            if flags & FLUSH:
                self.entries.append(None)
                self.ends.append(place)

    def position(self, size):
        """How many entries the file had when it was so long."""
        return sum(1 for end in self.ends if end <= size)


class State:
    """A disk after a power cut: everything before `position`, and some of what came after."""

    def __init__(self, position, kept, waiting):
        self.position = position
        self.kept = kept
        self.waiting = waiting

    def __str__(self):
        if not self.waiting:
            return f"after entry {self.position}"
        return f"after entry {self.position}, with {self.kept} of {self.waiting} writes that were under way"


class Replay:
    """Replays entries onto a copy of the disk that they were written to."""

    def __init__(self, base, entries):
        self.base = base
        self.entries = entries
        #: Positions at which everything before is on the disk, and something is new there.
        self.boundaries = []
        is_new = False
        for index, entry in enumerate(entries):
            if entry is not None:
                is_new = True
            elif is_new:
                self.boundaries.append(index + 1)
                is_new = False

    def states(self, count, seed):
        """Yields so many states with the disk of each: `(state, bytearray)`; the latter is to be looked at only.

        Every boundary by itself when there is time for them, else an even choice; the rest are parts of what was
        written behind one.
        """
        chance = random.Random(seed)
        clean = self.boundaries if count > len(self.boundaries) else chance.sample(self.boundaries, (count + 1) // 2)
        torn = [place for place in [0, *self.boundaries] if self._tail(place)]
        more = [chance.choice(torn) for _ in range(count - len(clean))] if torn else []
        disk = bytearray(self.base.read_bytes())
        done = 0
        for place in sorted([*((one, False) for one in clean), *((one, True) for one in more)]):
            position, is_torn = place
            for entry in self.entries[done:position]:
                if entry is not None:
                    disk[entry.offset:entry.end] = entry.data
            done = position
            tail = self._tail(position) if is_torn else []
            undo = [(one.offset, bytes(disk[one.offset:one.end])) for one in tail]
            kept = sum(_land(one, disk, chance) for one in chance.sample(tail, len(tail)))
            yield State(position, kept, len(tail)), disk
            for offset, data in reversed(undo):
                disk[offset:offset + len(data)] = data

    def _tail(self, position):
        """What was written before the next flush ended."""
        tail = []
        for entry in self.entries[position:]:
            if entry is None:
                break
            tail.append(entry)
        return tail


def _land(write, disk, chance):
    """Puts a write onto the disk: all of it, nothing, or some of its sectors. Whether there is anything."""
    fate = 1.0 if write.is_durable else chance.random()
    if fate < 0.4:
        return False
    if fate >= 0.6:
        disk[write.offset:write.end] = write.data
        return True
    for start in range(0, len(write.data), SECTOR):
        if chance.random() < 0.5:
            disk[write.offset + start:write.offset + start + SECTOR] = write.data[start:start + SECTOR]
    return True
