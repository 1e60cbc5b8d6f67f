"""Looks at what was linked for signs that too much was cut, by other means than those it was cut by."""

import pathlib
import re
import subprocess

from objects import EM_X86_64

#: Instructions that hold an address of code, as the disassembler prints them.
DIRECT = re.compile(r"^ *[0-9a-f]+:\t(?:bnd )?(?:j|call|lea).*?[ \t]([0-9a-f]{4,})(?: <|$)")
MEMBER = re.compile(r"[ /](lib[^/( ]+\.a\([^)]+\)):")


class CutError(Exception):
    """The executable refers to what was cut out of it, or could."""


def check(output, objects):
    """Fails when the executable of these objects cannot be trusted. Next to it is the linker's map."""
    _check_members(output + ".map", objects)
    if any(o.machine == EM_X86_64 for o in objects):
        _check_branches(output)


def _check_members(map_path, objects):
    """The linker took no object that was not looked through: that could refer to what was cut out."""
    known = {o.name for o in objects}
    for name in set(MEMBER.findall(pathlib.Path(map_path).read_text())):
        if name not in known:
            raise CutError(f"{name} was linked, but not looked through: loaded() in hack/link/ld missed it")


def _check_branches(output):
    """No jump, call or address leads to a breakpoint, with which functions that were cut out are filled."""
    breakpoints, targets = set(), {}
    command = ["objdump", "--disassemble", "--no-show-raw-insn", "--section=.text", output]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as disassembler:
        for line in disassembler.stdout:
            if line.endswith("\tint3\n"):
                breakpoints.add(int(line.split(":")[0], 16))
            elif match := DIRECT.match(line):
                targets.setdefault(int(match[1], 16), line.strip())
    if disassembler.returncode != 0 or not targets:
        raise CutError(f"cannot disassemble {output}")
    if wrong := breakpoints & targets.keys():
        raise CutError(f"{len(wrong)} functions were cut out, but are needed, as by this:\n{targets[min(wrong)]}")
