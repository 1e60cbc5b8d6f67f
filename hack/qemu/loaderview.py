"""An ext4 as a boot loader reads it: from its bytes, without the journal, and without a look at checksums.

U-Boot and GRUB do the same: they go from the superblock to group descriptors and inodes, and read directories entry by
entry. What they cannot read is not there for them.
"""

import struct

ROOT = 2
EXTENT_MAGIC = 0xF30A
IS_DIRECTORY, IS_FILE = 0x4000, 0x8000
LIMIT = 64 << 20


class Damaged(Exception):
    """A loader would not get on from here."""


class LoaderView:
    """`disk` is a buffer, the filesystem begins at `start`."""

    def __init__(self, disk, start):
        self.disk = memoryview(disk)[start:]
        superblock = self.disk[1024:2048]
        if struct.unpack_from("<H", superblock, 0x38) != (0xEF53,):
            raise Damaged("no superblock")
        (shift,) = struct.unpack_from("<I", superblock, 0x18)
        (self.inodes_per_group,) = struct.unpack_from("<I", superblock, 0x28)
        (self.inode_size,) = struct.unpack_from("<H", superblock, 0x58)
        (incompatible,) = struct.unpack_from("<I", superblock, 0x60)
        self.block = 1024 << shift
        self.has_wide_groups = incompatible & 0x80 != 0
        self.group_size = struct.unpack_from("<H", superblock, 0xFE)[0] if self.has_wide_groups else 32

    def read(self, path):
        """The content of a file; nil when there is none, or none that makes sense without the journal."""
        try:
            number = ROOT
            for part in path.strip("/").split("/"):
                number = self._entries(number).get(part.encode())
                if number is None:
                    return None
            return self._content(number, IS_FILE)
        except (Damaged, struct.error, IndexError):
            return None

    def _inode(self, number):
        group, index = divmod(number - 1, self.inodes_per_group)
        # Descriptors follow the superblock's block.
        place = (2048 if self.block == 1024 else self.block) + group * self.group_size
        (table,) = struct.unpack_from("<I", self.disk, place + 8)
        if self.has_wide_groups:
            table |= struct.unpack_from("<I", self.disk, place + 0x28)[0] << 32
        start = table * self.block + index * self.inode_size
        return self.disk[start:start + self.inode_size]

    def _content(self, number, kind):
        inode = self._inode(number)
        mode, low, high = (
            struct.unpack_from(form, inode, place)[0] for form, place in (("<H", 0), ("<I", 4), ("<I", 0x6C)))
        size = low | (high << 32 if kind == IS_FILE else 0)
        if mode & 0xF000 != kind or size > LIMIT:
            raise Damaged(f"inode {number} is another kind of thing (mode {mode:o}, {size} bytes)")
        content = bytearray(size)
        for logical, count, physical in self._extents(inode[0x28:0x64]):
            start, length = logical * self.block, count * self.block
            piece = self.disk[physical * self.block:physical * self.block + length]
            content[start:start + length] = piece[:max(0, size - start)]
        return bytes(content[:size])

    def _extents(self, node, depth_limit=5):
        magic, count, _, depth = struct.unpack_from("<HHHH", node)
        if magic != EXTENT_MAGIC or depth > depth_limit:
            raise Damaged("no tree of extents")
        for index in range(count):
            place = 12 + 12 * index
            if depth == 0:
                logical, length, high, low = struct.unpack_from("<IHHI", node, place)
                # What was never written reads as zeros.
                if length <= 0x8000:
                    yield logical, length, high << 32 | low
            else:
                _, low, high = struct.unpack_from("<IIH", node, place)
                start = (high << 32 | low) * self.block
                yield from self._extents(self.disk[start:start + self.block], depth - 1)

    def _entries(self, number):
        content = self._content(number, IS_DIRECTORY)
        entries = {}
        place = 0
        while place + 8 <= len(content):
            inode, length, name_length = struct.unpack_from("<IHB", content, place)
            if length < 8:
                raise Damaged(f"directory {number} cannot be read beyond {place}")
            if inode and name_length:
                entries.setdefault(bytes(content[place + 8:place + 8 + name_length]), inode)
            place += length
        return entries
