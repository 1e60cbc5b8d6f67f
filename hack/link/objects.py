"""Object files and archives of 64-bit ELF, little endian: read as far as finding what is reachable needs it, changed in
place."""

import bisect
import os
import struct

SHT_SYMTAB, SHT_RELA, SHT_NOBITS, SHT_GROUP, SHT_SYMTAB_SHNDX = 2, 4, 8, 17, 18
SHF_ALLOC, SHF_EXECINSTR, SHF_GNU_RETAIN = 0x2, 0x4, 0x200000
STB_LOCAL, STB_WEAK = 0, 2
STT_FUNC, STT_SECTION = 2, 3
SHN_LORESERVE, SHN_XINDEX = 0xFF00, 0xFFFF
EM_X86_64 = 62
ARCHIVE = b"!<arch>\n"


class Section:
    """One header of the section table. `start` is where its bytes are in the file, `header` where the header is."""

    __slots__ = ("name", "type", "flags", "start", "size", "link", "info", "header") + (
        "pieces", "named", "labels", "relocations",
    )

    def __init__(self, fields, start_of_object, header):
        self.name, self.type, self.flags, _, offset, self.size, self.link, self.info, _, _ = fields
        self.start = start_of_object + offset
        self.header = header
        #: Where the things in it begin, when it holds many and they are looked at one by one.
        self.pieces = None
        #: Those beginnings that have a symbol, and its name.
        self.named = None
        #: Where a symbol is, also within a thing.
        self.labels = None
        #: Relocations of each piece: (offset, symbol, type, addend, where it is in the file).
        self.relocations = {}

    def piece(self, offset):
        """The number of the piece at an offset."""
        return max(0, bisect.bisect_right(self.pieces, offset) - 1) if self.pieces else 0

    def can_begin_at(self, offset):
        """Whether a thing may begin at an offset: not within one that has a symbol."""
        return offset in self.named or self.pieces[self.piece(offset)] not in self.named

    def bounds(self, piece):
        """From where to where the piece goes."""
        end = self.pieces[piece + 1] if piece + 1 < len(self.pieces) else self.size
        return self.pieces[piece], end


class Symbol:
    """`section` is 0 for what another object defines."""

    __slots__ = ("name", "binding", "kind", "section", "value", "size")

    def __init__(self, name, info, section, value, size):
        self.name, self.binding, self.kind = name, info >> 4, info & 15
        self.section, self.value, self.size = section, value, size


class ObjectFile:
    """One relocatable object within `data`, which may be an archive."""

    def __init__(self, name, data, start):
        self.name, self.data, self.start = name, data, start
        self.is_member = start > 0
        (self.machine,) = struct.unpack_from("<H", data, start + 18)
        self.sections = self._read_sections()
        self.symbols = self._read_symbols()
        self.groups = self._read_groups()
        self.is_swift = any(s.name in (".swift_modhash", ".swift1_autolink_entries") for s in self.sections)

    def defined(self):
        """The names that other objects can refer to."""
        return (s.name for s in self.symbols if s.section and s.binding != STB_LOCAL)

    def undefined(self):
        """The names that other objects must define."""
        return (s.name for s in self.symbols if not s.section and s.binding not in (STB_LOCAL, STB_WEAK))

    def split(self, names):
        """Looks at the things in some sections one by one: what symbols name, and what lies between that."""
        spans = {}
        for symbol in self.symbols:
            if symbol.kind != STT_SECTION and symbol.section and self.sections[symbol.section].name in names:
                spans.setdefault(symbol.section, []).append(
                    (symbol.value, symbol.value + symbol.size, symbol.name)
                )
        for index, found in spans.items():
            starts, named, end = [], {}, 0
            for first, last, name in sorted(found):
                # What begins within another thing is an alias, as the address in the middle of metadata; its size is wrong.
                if first < end:
                    continue
                if first > end:
                    starts.append(end)
                if first not in named:
                    starts.append(first)
                    named[first] = name
                end = last
            starts.append(end)
            self.sections[index].pieces = starts
            self.sections[index].named = named
            self.sections[index].labels = {first for first, _, _ in found}

    def read_relocations(self):
        """Fills in `relocations` of what is loaded; call it after `split`."""
        for table in self.sections:
            if table.type != SHT_RELA or not self.sections[table.info].flags & SHF_ALLOC:
                continue
            section = self.sections[table.info]
            position = table.start
            for offset, info, addend in struct.iter_unpack("<QQq", self._bytes(table)):
                entry = (offset, info >> 32, info & 0xFFFFFFFF, addend, position)
                section.relocations.setdefault(section.piece(offset), []).append(entry)
                position += 24

    def release(self, section):
        """Lets the linker throw a section away that nothing refers to."""
        section.flags &= ~SHF_GNU_RETAIN
        struct.pack_into("<Q", self.data, section.header + 8, section.flags)

    def forget(self, relocation):
        """Makes nothing of a relocation."""
        struct.pack_into("<Q", self.data, relocation[4] + 8, 0)

    def _bytes(self, section):
        return memoryview(self.data)[section.start : section.start + section.size]

    def _read_sections(self):
        (table,) = struct.unpack_from("<Q", self.data, self.start + 0x28)
        size, count, names = struct.unpack_from("<HHH", self.data, self.start + 0x3A)
        table += self.start
        if count == 0:
            (count,) = struct.unpack_from("<Q", self.data, table + 0x20)
        if names == SHN_XINDEX:
            (names,) = struct.unpack_from("<I", self.data, table + 0x28)
        rows = struct.iter_unpack("<IIQQQQIIQQ", memoryview(self.data)[table : table + count * size])
        sections = [Section(row, self.start, table + size * number) for number, row in enumerate(rows)]
        texts = bytes(self._bytes(sections[names]))
        for section in sections:
            section.name = _text(texts, section.name)
        return sections

    def _read_symbols(self):
        symbols = []
        for table in self.sections:
            if table.type != SHT_SYMTAB:
                continue
            texts = bytes(self._bytes(self.sections[table.link]))
            wide = next((s for s in self.sections if s.type == SHT_SYMTAB_SHNDX), None)
            for number, row in enumerate(struct.iter_unpack("<IBBHQQ", self._bytes(table))):
                name, info, _, section, value, size = row
                if section == SHN_XINDEX:
                    (section,) = struct.unpack_from("<I", self.data, wide.start + 4 * number)
                elif section >= SHN_LORESERVE:
                    section = 0
                symbols.append(Symbol(_text(texts, name), info, section, value, size))
        return symbols

    def _read_groups(self):
        """The sections that live and die together, by each of them."""
        groups = {}
        for section in self.sections:
            if section.type == SHT_GROUP:
                members = struct.unpack_from(f"<{section.size // 4}I", self.data, section.start)[1:]
                groups.update((member, members) for member in members)
        return groups


def read_objects(path):
    """The bytes of an object file or archive, and the objects in it; no objects when it is something else."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    if data.startswith(b"\x7fELF\x02\x01") and data[16:18] == b"\x01\0":
        return data, [ObjectFile(path, data, 0)]
    if not data.startswith(ARCHIVE):
        return data, []
    return data, [ObjectFile(name, data, start) for name, start in _members(os.path.basename(path), data)]


def _members(archive, data):
    """The objects of an archive: `archive(member)` and where they begin."""
    names, position = b"", len(ARCHIVE)
    while position + 60 <= len(data):
        size = int(data[position + 48 : position + 58])
        name = bytes(data[position : position + 16]).rstrip().decode()
        start = position + 60
        if name == "//":
            names = bytes(data[start : start + size])
        elif name.startswith("/") and name[1:].isdigit():
            name = names[int(name[1:]) :].split(b"\n", 1)[0].decode()
        if data[start : start + 6] == b"\x7fELF\x02\x01":
            yield f"{archive}({name.rstrip('/')})", start
        position = start + size + size % 2


def _text(texts, start):
    return texts[start : texts.index(b"\0", start)].decode()
