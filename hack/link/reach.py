"""Finds what of a Swift program can be reached from where it begins.

The compiler keeps every public function and every record of a type, protocol and conformance, because code that is loaded
later could ask for them. Nothing is loaded later on a device, so this goes by what refers to what:

* A record of a type or protocol counts when something else refers to that.
* A record of a conformance counts when both its type and its protocol can be reached: only then can a program find out
  at run time, with a cast for example, that the one conforms to the other.
* What reflection reads counts when something refers to it; what only debuggers read (captures) never does.
* Names of types refer to types, mostly; where one spells a type out, the record of that counts.

Sections in which the compiler put many things are looked at thing by thing.
"""

import collections
import itertools
import re
import struct

from objects import EM_X86_64, SHF_ALLOC, SHF_EXECINSTR, SHF_GNU_RETAIN, SHT_NOBITS, STB_LOCAL, STB_WEAK, STT_SECTION

CONFORMANCES = "swift5_protocol_conformances"
TYPES = ("swift5_type_metadata", "swift5_type_metadata_2")
PROTOCOLS = "swift5_protocols"
RECORDS = (CONFORMANCES, *TYPES, PROTOCOLS)

#: What may go when nothing refers to it. Everything else that the compiler marks as kept stays.
COLLECTED = re.compile(
    r"\.(text|rodata|data|bss|tdata|tbss)(\..*)?$"
    r"|swift5_(typeref|reflstr|fieldmd|assocty|builtin|capture|mpenum)$|\.swift_modhash$|\.lldbsummaries$"
)
#: Only debuggers read what refers to these.
UNREAD = re.compile(r"swift5_capture$")
#: Sections with many things.
SPLIT = (".data", ".data.rel.ro", ".rodata", "swift5_typeref")
#: Those of the standard library are found by one letter, without a reference.
SHORT_PROTOCOL = re.compile(r"\$sSc?[A-Za-z]Mp$")

#: Names of types; in them, a byte below 0x20 and the four or eight after it refer to a type.
NAMES = "swift5_typeref"
IN_NAME = re.compile(rb"[\x01-\x17].{4}|[\x18-\x1f].{8}", re.DOTALL)
#: What a record describes: the text by which a name can spell it out.
DESCRIBED = re.compile(r"\$s(.+)M[np]$")

#: Tables of pointers and of sizes, no distances: value witnesses and metadata.
NUMBERS = re.compile(r"(WV|Mf)$")
#: Tables that switches are made to.
TABLE = re.compile(r"switch\.table|reltable")
LENGTH = re.compile(rb"[1-9]\d*")

#: From the field that holds a distance to the end of its instruction, where the processor counts from.
X86_PC_RELATIVE = (2, 4, 9, 41, 42)
X86_TO_END = (4, 5, 6, 8)

#: Relocations that are a distance between data: on x86-64 with four and eight bytes, on AArch64 with eight and four.
DISTANCES = (2, 24, 260, 261)


class ReachError(Exception):
    """Something in an object file that this cannot judge."""


class Reach:
    """A thing is (object, section, piece), by numbers."""

    def __init__(self, objects, roots):
        self.objects = objects
        self.reached = {}
        self._work = []
        self._names = set()
        self._strong = set()
        self._definitions = collections.defaultdict(list)
        self._branches = {}
        self._pending = []
        #: Records by the text that spells out what they describe, and the texts of reached names.
        self._spelled = collections.defaultdict(list)
        self._texts = set()
        #: The modules of what records describe, as identifiers.
        self._modules = set()
        for number, object_file in enumerate(objects):
            self._prepare(number, object_file)
        for number, object_file in enumerate(objects):
            self._mark_roots(number, object_file)
        for name in roots:
            self._mark_name(name, None)
        self._follow_all()

    def is_reached(self, number, section, piece=0):
        return (number, section, piece) in self.reached

    def is_unread(self, number, relocation):
        """Whether a relocation refers to what the program never reads."""
        object_file = self.objects[number]
        symbol = object_file.symbols[relocation[1]]
        return symbol.section and UNREAD.match(object_file.sections[symbol.section].name)

    def name(self, thing):
        """The thing as people know it: its object, its section, and its symbol when it has one."""
        number, index, piece = thing
        object_file = self.objects[number]
        section = object_file.sections[index]
        here = (s.name for s in object_file.symbols if self._is_at(s, number, thing))
        return f"{object_file.name.rsplit('/', 1)[-1]} {section.name} {next(here, '')}"

    def find(self, pattern):
        """The reached things whose symbol matches a regular expression."""
        found = {}
        for number, object_file in enumerate(self.objects):
            for symbol in object_file.symbols:
                if symbol.section and symbol.kind != STT_SECTION and re.search(pattern, symbol.name):
                    piece = object_file.sections[symbol.section].piece(symbol.value)
                    found[number, symbol.section, piece] = None
        return [thing for thing in found if thing in self.reached]

    def _is_at(self, symbol, number, thing):
        section = self.objects[number].sections[thing[1]]
        return symbol.section == thing[1] and symbol.kind != STT_SECTION and section.piece(symbol.value) == thing[2]

    def way_to(self, thing):
        """Why a thing is reached: the things that refer to each other, from it to where the program begins."""
        while thing:
            yield thing
            thing = self.reached[thing]

    # Reading

    def _prepare(self, number, object_file):
        if object_file.is_swift:
            code = (".text",) if object_file.machine == EM_X86_64 else ()
            object_file.split(SPLIT + code)
        object_file.read_relocations()
        for symbol in object_file.symbols:
            if symbol.section and symbol.binding != STB_LOCAL:
                piece = object_file.sections[symbol.section].piece(symbol.value)
                self._define(symbol, (number, symbol.section, piece))

    def _define(self, symbol, thing):
        """One strong definition counts before weak ones, and of weak ones the first that is not from an archive."""
        known = self._definitions[symbol.name]
        if symbol.name in self._strong:
            return
        if symbol.binding != STB_WEAK:
            known[:] = [thing]
            self._strong.add(symbol.name)
        elif not known or self.objects[known[0][0]].is_member:
            known.append(thing)

    def _mark_roots(self, number, object_file):
        for index, section in enumerate(object_file.sections):
            if not section.flags & SHF_ALLOC:
                continue
            if section.name in RECORDS:
                self._read_record(number, index)
            elif section.name.startswith((".init", ".fini", ".preinit_array", ".ctors", ".dtors", ".note", "__libc_")):
                self._mark((number, index, 0), None)
            elif section.flags & SHF_GNU_RETAIN and not (object_file.is_swift and COLLECTED.match(section.name)):
                self._mark((number, index, 0), None)

    def _read_record(self, number, index):
        """Notes what must be reached for a record to count."""
        section = self.objects[number].sections[index]
        record = (number, index, 0)
        entries = section.relocations.get(0, [])
        if section.size != 4 or len(entries) != 1:
            self._mark(record, None)
            return
        symbol = self.objects[number].symbols[entries[0][1]]
        described = self._targets(number, index, entries[0])
        if not described or not symbol.section or SHORT_PROTOCOL.match(symbol.name):
            self._mark(record, None)
        elif section.name == CONFORMANCES:
            self._pending.append((record, self._conformance(number, symbol.section, symbol.value + entries[0][3])))
        else:
            self._pending.append((record, [described]))
            if spelling := DESCRIBED.match(symbol.name):
                text = spelling[1].encode()
                self._spelled[text].append(record)
                self._modules.update(itertools.islice(_identifiers(text), int(text[:1].isdigit())))

    def _conformance(self, number, index, start):
        """The protocol and the type of a conformance: the first two words of its descriptor."""
        object_file = self.objects[number]
        section = object_file.sections[index]
        needs = []
        for word in (start, start + 4):
            entries = [e for e in section.relocations.get(section.piece(start), ()) if e[0] == word]
            (distance,) = struct.unpack_from("<i", object_file.data, section.start + word)
            if entries:
                needs.append([self._behind_pointer(t) for t in self._targets(number, index, entries[0])])
            elif distance and 0 <= word + distance < section.size:
                # The compiler worked it out, since both are in one section.
                needs.append([(number, index, section.piece(word + distance))])
        return [need for need in needs if need]

    def _behind_pointer(self, thing):
        """What a variable points to that stands in for a descriptor of another module; else the thing itself."""
        section = self.objects[thing[0]].sections[thing[1]]
        entries = self._relocations(thing)
        if not section.name.startswith((".data", ".got")) or len(entries) != 1:
            return thing
        return next(iter(self._targets(*thing[:2], entries[0])), thing)

    def _relocations(self, thing):
        return self.objects[thing[0]].sections[thing[1]].relocations.get(thing[2], [])

    # References

    def _defined(self, name):
        """The definition of a name that the linker takes; every one where it is not known which."""
        return self._definitions.get(name, ())

    def _targets(self, number, index, entry):
        """The things that a relocation of a section may mean."""
        object_file = self.objects[number]
        _, symbol_number, kind, addend, _ = entry
        symbol = object_file.symbols[symbol_number]
        if symbol.binding != STB_LOCAL:
            return self._defined(symbol.name)
        if not symbol.section:
            return []
        target = object_file.sections[symbol.section]
        if self.is_unread(number, entry):
            return []
        if not target.pieces:
            return [(number, symbol.section, 0)]
        offsets = {symbol.value} if symbol.kind != STT_SECTION else set()
        if not object_file.sections[index].flags & SHF_EXECINSTR:
            self._check_no_table(number, index, entry, target)
            offsets.add(symbol.value + addend)
        elif object_file.machine == EM_X86_64 and kind in X86_PC_RELATIVE:
            offsets.update(symbol.value + addend + rest for rest in X86_TO_END)
        else:
            offsets.add(symbol.value + addend)
        return [(number, symbol.section, piece) for piece in sorted({target.piece(offset) for offset in offsets})]

    def _check_no_table(self, number, index, entry, target):
        """In a table, a distance counts from the beginning of that, and a relocation tells no more what it means."""
        section = self.objects[number].sections[index]
        place, _, kind, _, _ = entry
        if not section.pieces or target.flags & SHF_EXECINSTR or kind not in DISTANCES:
            return
        name = section.named.get(section.pieces[section.piece(place)], "")
        if not name or TABLE.search(name):
            raise ReachError(f"{self.name((number, index, section.piece(place)))} is a table of distances")

    def _is_jump(self, number, entry):
        """Whether it is an entry of a switch's table, which is of use only to the function around its target."""
        object_file = self.objects[number]
        symbol = object_file.symbols[entry[1]]
        target = object_file.sections[symbol.section]
        if symbol.kind != STT_SECTION or not target.pieces or not target.flags & SHF_EXECINSTR:
            return False
        return not target.can_begin_at(entry[3])

    def _branches_of(self, number, index):
        """From piece to pieces: where functions of one section go to each other without a relocation."""
        if (number, index) not in self._branches:
            self._branches[number, index] = _x86_branches(self.objects[number], index)
        return self._branches[number, index]

    # Following

    def _mark(self, thing, reason):
        if thing not in self.reached:
            self.reached[thing] = reason
            self._work.append(thing)

    def _mark_name(self, name, reason):
        if name not in self._names:
            self._names.add(name)
            for thing in self._defined(name):
                self._mark(thing, reason)

    def _follow_all(self):
        while True:
            while self._work:
                self._follow(self._work.pop())
            waiting = []
            for record, needs in self._pending:
                if all(any(thing in self.reached for thing in need) for need in needs):
                    self._mark(record, needs[-1][0] if needs else None)
                else:
                    waiting.append((record, needs))
            self._pending = waiting
            if not self._work:
                return

    def _follow(self, thing):
        number, index, piece = thing
        object_file = self.objects[number]
        section = object_file.sections[index]
        for entry in section.relocations.get(piece, ()):
            symbol = object_file.symbols[entry[1]]
            if symbol.binding != STB_LOCAL:
                self._mark_name(symbol.name, thing)
            elif section.flags & SHF_EXECINSTR or not self._is_jump(number, entry):
                for target in self._targets(number, index, entry):
                    self._mark(target, thing)
        if section.pieces and section.flags & SHF_EXECINSTR:
            for target in self._branches_of(number, index).get(piece, ()):
                self._mark((number, index, target), thing)
        for member in object_file.groups.get(index, ()):
            self._mark((number, member, 0), thing)
        if section.pieces and not section.flags & SHF_EXECINSTR and section.name != NAMES:
            for target in _near(object_file, section, piece):
                self._mark((number, index, target), thing)
        if section.name.startswith(NAMES) and section.type != SHT_NOBITS:
            first, end = section.bounds(piece) if section.pieces else (0, section.size)
            self._read_name(bytes(object_file.data[section.start + first : section.start + end]), thing)

    def _read_name(self, name, reason):
        """Marks the records of what a name spells out; which would be found by comparing texts, when it runs."""
        text = IN_NAME.sub(b" ", name)
        if text in self._texts:
            return
        self._texts.add(text)
        spelled = _parts(text) & self._spelled.keys()
        if not spelled and not self._modules.isdisjoint(_identifiers(text)):
            raise ReachError(f"{self.name(reason)} names a type in a way this does not know: {text.decode()}")
        for spelling in spelled:
            for record in self._spelled[spelling]:
                self._mark(record, reason)


def _identifiers(text):
    """The identifiers in a mangled text, each with its length before it."""
    position = 0
    while match := LENGTH.search(text, position):
        position = match.end() + int(match[0])
        yield text[match.start() : position]


def _parts(text):
    """Every text within a text."""
    return {text[first:end] for first in range(len(text)) for end in range(first + 1, len(text) + 1)}


def _near(object_file, section, piece):
    """The pieces of the same section that a word could mean by its distance, which the compiler may have worked out."""
    first, end = section.bounds(piece)
    if NUMBERS.search(section.named.get(first, "")):
        return
    for offset in range(first + -first % 4, end - 3, 4):
        (distance,) = struct.unpack_from("<i", object_file.data, section.start + offset)
        # The two lowest bits may hold something else.
        for target in (offset + distance, offset + (distance & ~1), offset + (distance & ~3)):
            if distance and 0 <= target < section.size and (target in section.labels or section.can_begin_at(target)):
                yield section.piece(target)


#: Instructions that hold a distance to another function: call, jmp, jcc and lea with four bytes of it, jmp and jcc with one.
_X86_LONG = re.compile(rb"(?=[\xe8\xe9]|\x0f[\x80-\x8f]|\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d])", re.DOTALL)
_X86_SHORT = re.compile(rb"[\xeb\x70-\x7f]", re.DOTALL)


def _x86_branches(object_file, index):
    """Every place that could be such an instruction is taken for one: too many of them only keep too much."""
    section = object_file.sections[index]
    code = bytes(object_file.data[section.start : section.start + section.size])
    branches = collections.defaultdict(set)

    def note(start, target):
        if 0 <= target < len(code) and section.can_begin_at(target):
            branches[section.piece(start)].add(section.piece(target))

    for match in _X86_LONG.finditer(code):
        field = match.start() + (1 if code[match.start()] in (0xE8, 0xE9) else 2)
        if field + 4 <= len(code):
            note(match.start(), field + 4 + struct.unpack_from("<i", code, field)[0])
    for match in _X86_SHORT.finditer(code):
        if match.start() + 1 < len(code):
            note(match.start(), match.start() + 2 + struct.unpack_from("<b", code, match.start() + 1)[0])
    return branches
