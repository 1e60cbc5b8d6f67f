#!/usr/bin/env bash
# Kills everything with SIGKILL and starts again, over and over; at the end nothing may be left behind.
# usage: hack/test-kill.sh [CYCLES]   (default 6; builds nothing)
#
# Every second time the containers are left running, for the next start to take over.

. "$(dirname "$0")/lib.sh"
become_root "$@"
cycles=${1-6}

work=$(mktemp -d)
run=$work/run
pvcontrol=("$top/out/pvcontrol" -s "$run/pv-ctrl")
trap 'rm -rf --one-file-system "$work"' EXIT
hack/make-demo-storage.sh "$work/storage"

start() {
    "$top/out/pantavisor" appengine --storage "$work/storage" --run "$run" >>"$work/log" 2>&1 &
    pantavisor=$!
}

# The processes in the containers of this run, and those that watch over them.
containers() {
    find /sys/fs/cgroup -path "*/$(instance "$run")/*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u
}

# kill_everything WITH: the supervisor and the runtime; with "containers" also those.
kill_everything() {
    local processes
    mapfile -t processes < <(pgrep -P "$pantavisor" || :)
    [ "$1" != containers ] || mapfile -t -O ${#processes[@]} processes < <(containers)
    kill -KILL "$pantavisor" "${processes[@]}" 2>/dev/null || :
    wait "$pantavisor" 2>/dev/null || :
}

# Long enough to be anywhere between the first mount and the last goal: 0 to 4 s, spread evenly over the cycles.
for ((cycle = 0; cycle < cycles; cycle++)); do
    start
    sleep "$((cycle * 4000 / cycles / 1000)).$(printf %03d $((cycle * 4000 / cycles % 1000)))"
    if [ $((cycle % 2)) = 0 ]; then kill_everything containers; else kill_everything alone; fi
done

converges() {
    timeout 30 bash -c "until [ -S '$run/pv-ctrl' ]; do sleep 0.1; done" &&
        "${pvcontrol[@]}" wait device/self --for=condition=Ready --timeout=60s
}
stop_cleanly() { kill -TERM "$pantavisor" && wait "$pantavisor"; }
nothing_left() { diff /dev/null <(hack/leftovers.sh "$run" "$work/storage"); }

start
check "it converges after $cycles kills" converges
check "it stops when asked" stop_cleanly
check "nothing is left behind" nothing_left
[ "$failed" = 0 ] || tail -n 30 "$work/log" "$work/storage/logs/0/pantavisor/pantavisor.log" || :
summary
