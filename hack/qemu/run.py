#!/usr/bin/env python3
"""Runs stories of whole devices in the emulator: hack/qemu/run.py [--smoke] [--list] [--keep] [NAME…]

Without names all of them; --smoke only those of the quick run. Each needs out/ (hack/build.sh) and prints one line with
its seconds. --keep leaves disks and logs in .build-qemu/stories/. PV_QEMU_SLOWNESS=6 gives everything six times as
long. How to add a story: story.py.
"""

import argparse
import fcntl
import importlib
import pathlib
import shutil
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
# Compiled files would lie in the checkout.
sys.dont_write_bytecode = True

import kernels  # noqa: E402
from story import STORIES, Telling  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    for file in sorted((HERE / "stories").glob("*.py")):
        sys.path.insert(0, str(file.parent))
        importlib.import_module(file.stem)
    unknown = set(options.names) - {story.name for story in STORIES}
    if unknown:
        parser.error(f"no story is called {', '.join(sorted(unknown))}; see --list")
    chosen = [story for story in STORIES if story.name in options.names or not options.names]
    chosen = [story for story in chosen if story.smoke or not options.smoke]
    if options.list:
        for story in chosen:
            print(f"{story.name:32} {story.sentence}")
        return 0
    return tell(chosen, options)


def tell(stories, options):
    try:
        kernels.can_emulate()
        boots = {flavour: kernels.Kernel(flavour) for flavour in {story.kernel for story in stories}}
    except kernels.Unavailable as reason:
        print(f"SKIPPED all {len(stories)} stories of devices: {reason}")
        return 0
    kernels.WORK.mkdir(exist_ok=True)
    ends = []
    with (kernels.WORK / "lock").open("w") as lock:
        # The files they share are made once, and emulators at the same time only wait for each other.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for story in stories:
            ends.append(tell_one(story, boots[story.kernel], options))
    skipped = f", {ends.count(None)} skipped" if None in ends else ""
    print(f"{ends.count(True)} of {len(ends)} stories of devices are true{skipped}")
    return 1 if False in ends else 0


def tell_one(story, kernel, options):
    """Whether it is true; nil when it cannot be told here."""
    directory = kernels.WORK / "stories" / story.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    telling = Telling(directory, kernel, options.smoke)
    begin = time.monotonic()
    problem = None
    try:
        story.run(telling)
    except kernels.Unavailable as reason:
        print(f"SKIPPED            {story.sentence} ({story.name}): {reason}", flush=True)
        return None
    except Exception as error:  # pylint: disable=broad-except
        problem = f"{type(error).__name__}: {error}"
        where = traceback.extract_tb(error.__traceback__)
        problem += "".join(f"\n  {frame.filename}:{frame.lineno}" for frame in where if "stories" in frame.filename)
        problem += getattr(error, "stderr", None) or ""
    finally:
        telling.finish()
    seconds = time.monotonic() - begin
    print(f"{'FAILED ' if problem else 'ok     '} {seconds:6.1f} s  {story.sentence}{telling.remark} ({story.name})",
          flush=True)
    if problem:
        print("  | " + problem.replace("\n", "\n  | "))
        # The boot that failed, and the one before.
        for log in sorted(directory.glob("serial-*.log"), key=lambda log: log.stat().st_mtime)[-2:]:
            lines = log.read_bytes().decode(errors="replace").splitlines()
            print(f"  | {log.name}, its last lines of {len(lines)}:")
            print("\n".join("  |   " + line for line in lines[-60:]), flush=True)
    elif not options.keep:
        shutil.rmtree(directory)
    return problem is None


if __name__ == "__main__":
    sys.exit(main())
