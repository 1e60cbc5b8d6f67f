#!/usr/bin/env bash
# Lists what a run of Pantavisor must not leave behind: mounts, loop devices, cgroups.
# usage: hack/leftovers.sh   (as root; compare the output before and after)

. "$(dirname "$0")/lib.sh"
[ $# = 0 ] || { usage && exit 2; }

awk '$2 ~ "/(volumes|exports)/" || $2 ~ "^/run/pantavisor" { print "mount " $2 }' /proc/mounts | sort
losetup --list --noheadings --output NAME,BACK-FILE | awk '{ print "loop", $0 }'
find /sys/fs/cgroup -type d \( -name 'lxc.payload.*' -o -name 'lxc.monitor.*' -o -name 'pantavisor*' \) -printf 'cgroup %p\n' |
    sort
for process in /proc/[0-9]*; do
    name=$({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null) || continue
    case $name in
    *pantavisor\ appengine* | *pantavisor\ runtime* | *pv-lxc-start* | '[lxc monitor]'*)
        printf 'process %s %s\n' "${process##*/}" "$name"
        ;;
    esac
done
