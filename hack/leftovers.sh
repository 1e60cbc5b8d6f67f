#!/usr/bin/env bash
# Lists what Pantavisor must not leave behind when it ended: mounts, loop devices, control groups, processes.
# usage: hack/leftovers.sh [RUN STORAGE]   (of the one with these directories; else of all of them on this host)

. "$(dirname "$0")/lib.sh"
case $# in
0) run='' storage='' name='pantavisor-*' ;;
2) run=$(absolute "$1") storage=$(absolute "$2") name=$(instance "$run") ;;
*) usage && exit 2 ;;
esac

awk -v run="$run/" 'index($2, run) == 1 && $2 ~ "/(volumes|exports|lxc|configs)/" { print "mount", $2 }' /proc/mounts | sort
losetup --list --noheadings --output NAME,BACK-FILE |
    awk -v storage="$storage/" 'index($2, storage) == 1 && $2 ~ "/(trails|objects)/" { print "loop", $1, $2 }'
find /sys/fs/cgroup -maxdepth 3 -type d -name "$name" -printf 'cgroup %p\n' | sort
for process in /proc/[0-9]*; do
    words=$({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null) || continue
    case $words in
    *"pantavisor appengine "*"$run"* | *"pantavisor runtime "*"$run"* | "pv-log "*"$run"* | *"pv-lxc-start start $run"* | '[lxc monitor] '"$run"*)
        printf 'process %s %s\n' "${process##*/}" "$words"
        ;;
    esac
done
