#!/usr/bin/env bash
# Prints the private memory of each container's monitor: hack/monitor-memory.sh [run directory]
#
# One line per container, `monitor_private_<container> <number> kB`. With a single container liblxc's own pages count
# as private, too: nobody shares them.
set -euo pipefail

run=${1:-/run/pantavisor/pv}
for record in "$run"/lxc/*/monitor; do
    [ -e "$record" ] || continue
    read -r pid _ <"$record"
    name=$(basename "$(dirname "$record")")
    awk -v name="$name" '/^Private_/ { sum += $2 } END { print "monitor_private_" name, sum, "kB" }' \
        "/proc/$pid/smaps_rollup"
done
