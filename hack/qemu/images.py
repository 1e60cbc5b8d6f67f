"""Storage images, made without root from directories on this host."""

import pathlib
import shutil
import subprocess

from kernels import TOP, WORK, run

#: What the command line of the tests looks for.
LABEL = "pvroot"


def demo_storage():
    """The storage directory with the demo revision as its factory revision, laid out as hack/run.sh does."""
    directory = WORK / "storage"
    run(TOP / "hack/make-demo-storage.sh", directory)
    return directory


def make_storage(image, megabytes=96, directory=None, label=LABEL):
    """An ext4 with everything in a directory (default: the demo) as an image of that size."""
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    source = directory or demo_storage()
    run("mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-E", "root_owner=0:0", "-d", source, image)
    return image


def enlarge(image, megabytes):
    with image.open("r+b") as file:
        file.truncate(megabytes << 20)


def overwrite(image, offset, data):
    with image.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def check(image):
    """What a check without changes finds: exit code and text. A journal that would have to be replayed is a finding."""
    header = run("dumpe2fs", "-h", image)
    if "needs_recovery" in header:
        return 1, "the journal needs recovery: it was not unmounted"
    result = subprocess.run(["e2fsck", "-f", "-n", str(image)], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def debugfs(image, command):
    """What debugfs prints; with -w it may change the image."""
    result = subprocess.run(["debugfs", "-w", "-R", command, str(image)], capture_output=True, text=True, check=True)
    return result.stdout


def copy(image, target):
    shutil.copyfile(image, target)
    return pathlib.Path(target)
