#!/usr/bin/env bash
# Measures what the project promises: one line "name value unit" for each figure, and below it whether its budget is met.
# usage: hack/bench.sh [--no-build] [--core-only]
#   --no-build   use what out/ holds
#   --core-only  only what needs no root: store and engine
#
# What cannot be measured here is a line "name skipped reason".

. "$(dirname "$0")/lib.sh"

build=yes core_only=no
for argument; do
    case $argument in
    --no-build) build=no ;;
    --core-only) core_only=yes ;;
    *) usage && exit 2 ;;
    esac
done

[ $build = no ] || hack/build.sh --bench

work=$(mktemp -d)
run=$work/run
pantavisor=
raw=()

stop() {
    [ -n "$pantavisor" ] || return 0
    kill -TERM "$pantavisor" 2>/dev/null || :
    wait "$pantavisor" 2>/dev/null || :
    pantavisor=
}

stop_raw() {
    local number
    for number in "${raw[@]}"; do
        lxc-stop -k -P "$work/lxc" -n "bench$number" 2>/dev/null || :
        umount -l "$work/lxc/mnt$number" 2>/dev/null || :
    done
    raw=()
}

finish() {
    stop
    stop_raw
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# figure NAME VALUE UNIT [AT-MOST]
figure() {
    echo "$1 $2 $3"
    [ $# -lt 4 ] || awk -v name="$1" -v value="$2" -v unit="$3" -v limit="$4" 'BEGIN {
        print "# budget " name " <= " limit " " unit ": " (value + 0 <= limit + 0 ? "met" : "MISSED") }'
}

skip() { echo "$1 skipped $2"; }

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# memory FIELDS PID…: kilobytes, on the average, of the sum of some fields of smaps_rollup.
memory() {
    local fields=$1 process
    shift
    for process; do cat "/proc/$process/smaps_rollup" 2>/dev/null || :; done |
        awk -v fields="^($fields):" '/\[rollup\]/ { n++ } $1 ~ fields { sum += $2 }
            END { printf "%d\n", n ? sum / n : 0 }'
}

# switches PID…: how often their threads were put on a processor so far.
switches() {
    local process
    for process; do cat "/proc/$process"/task/*/status 2>/dev/null || :; done |
        awk '/ctxt_switches/ { sum += $2 } END { print sum + 0 }'
}

children() { pgrep -P "$1" || :; }

# The process that listens on the control socket does the work; the other supervises it.
runtime_process() { pgrep -P "$pantavisor" -f 'pantavisor' | head -n 1; }
log_process() { pgrep -P "$pantavisor" -f '^pv-log' | head -n 1; }

sizes() {
    figure executable_bytes "$(stat -c %s out/pantavisor)" bytes 12500000
    figure executable_xz_bytes "$(packed_size out/pantavisor)" bytes 3200000
}

# raw_start COUNT: milliseconds until as many containers run that lxc-execute starts at once.
raw_start() {
    local number begin
    mkdir -p "$work/lxc"
    begin=$(milliseconds)
    for ((number = 0; number < $1; number++)); do
        raw+=("$number")
        (
            mkdir -p "$work/lxc/mnt$number" "$work/lxc/upper$number"
            mount -o loop,ro "$work/storage$1/root.squashfs" "$work/lxc/mnt$number"
            cat >"$work/lxc/conf$number" <<END
lxc.rootfs.path = overlayfs:$work/lxc/mnt$number:$work/lxc/upper$number
lxc.namespace.keep = user net ipc
lxc.mount.auto = proc sys:rw cgroup
END
            exec lxc-execute -d -P "$work/lxc" -n "bench$number" -f "$work/lxc/conf$number" -- /sbin/start
        ) >>"$work/lxc.log" 2>&1 &
    done
    for ((number = 0; number < $1; number++)); do
        until [ -e "$work/lxc/upper$number/started" ]; do
            [ $(($(milliseconds) - begin)) -lt 30000 ] || return 1
            sleep 0.01
        done
    done
    echo $(($(milliseconds) - begin))
}

# start COUNT: milliseconds until every goal of as many containers is reached; leaves it running.
start() {
    local begin
    begin=$(milliseconds)
    # Without limits for each container, so that what is measured is the log server.
    "$top/out/pantavisor" appengine --storage "$work/storage$1" --run "$run" --log-rate 0 --log-byte-rate 0 \
        >>"$work/log" 2>&1 &
    pantavisor=$!
    until "$top/out/pvcontrol" -s "$run/pv-ctrl" wait device/self --for=condition=Ready --timeout=30s >/dev/null 2>&1; do
        kill -0 "$pantavisor" 2>/dev/null || return 1
        [ $(($(milliseconds) - begin)) -lt 60000 ] || return 1
        sleep 0.01
    done
    started=$(($(milliseconds) - begin))
}

idle() {
    local count=$1 runtime logs before monitors
    sleep 5
    runtime=$(runtime_process)
    logs=$(log_process)
    figure "runtime_rss_$count" "$(memory Rss "$runtime")" kB 20000
    figure "runtime_private_$count" "$(memory 'Private_Clean|Private_Dirty' "$runtime")" kB 6000
    figure "log_rss_$count" "$(memory Rss "$logs")" kB 20000
    figure "log_private_$count" "$(memory 'Private_Clean|Private_Dirty' "$logs")" kB 2000
    mapfile -t monitors < <(pgrep -f "(pv-lxc-start|^\[lxc monitor\]).* bench[0-9]+" || :)
    [ ${#monitors[@]} = 0 ] ||
        figure "monitor_private_$count" "$(memory 'Private_Clean|Private_Dirty' "${monitors[@]}")" kB 600
    before=$(switches "$pantavisor" "$runtime" "$logs" "${monitors[@]}")
    sleep 20
    figure "idle_wakeups_$count" \
        "$(($(switches "$pantavisor" "$runtime" "$logs" "${monitors[@]}") - before))" per_20_seconds 4
}

load() {
    local connections kinds=/apis/pantavisor.io/v1 number
    for ((number = 1; number < 100; number++)); do
        printf '{"apiVersion":"pantavisor.io/v1","kind":"Revision","metadata":{"name":"bench%d"},"spec":{"state":%s}}' \
            "$number" '{"#spec":"pantavisor-service-system@1"}' |
            curl -sS --unix-socket "$run/pv-ctrl" -o "$work/answer" -d @- "http://localhost$kinds/revisions"
    done
    for connections in 1 8 64; do
        out/pv-bench load "get_containers_$connections" "$run/pv-ctrl" /containers "$connections" 5 ||
            skip "get_containers_$connections" "the server did not answer"
        out/pv-bench load "get_resource_$connections" "$run/pv-ctrl" $kinds/containers/bench0 "$connections" 5 20000 ||
            skip "get_resource_$connections" "the server did not answer"
        out/pv-bench load "list_100_$connections" "$run/pv-ctrl" $kinds/revisions "$connections" 5 ||
            skip "list_100_$connections" "the server did not answer"
        out/pv-bench watch "watch_$connections" "$run/pv-ctrl" $kinds/containers/bench0 "$connections" 5 ||
            skip "watch_$connections" "a watcher was not told"
        figure "runtime_private_after_load_$connections" \
            "$(memory 'Private_Clean|Private_Dirty' "$(runtime_process)")" kB
    done
}

logs() {
    local process
    out/pv-bench log log_messages "$run/log-server" bench0 5 20000 || skip log_messages "the log server did not answer"
    process=$(log_process)
    figure log_private_after_load "$(memory 'Private_Clean|Private_Dirty' "$process")" kB
}

# Uploads of 64 MiB against what hashing and copying the file takes; the best of five each.
upload() {
    local file=$work/upload sum begin number took best=999999 bound=999999
    for number in 1 2 3 4 5; do
        head -c 67108864 /dev/urandom >"$file"
        begin=$(milliseconds)
        sum=$(sha256sum "$file" | cut -d ' ' -f 1)
        cp "$file" "$file.copy"
        took=$(($(milliseconds) - begin))
        [ "$took" -ge "$bound" ] || bound=$took
        begin=$(milliseconds)
        curl -sS -f --unix-socket "$run/pv-ctrl" -T "$file" "http://localhost/objects/$sum" || return 1
        took=$(($(milliseconds) - begin))
        [ "$took" -ge "$best" ] || best=$took
    done
    figure hash_and_copy_64MiB "$bound" milliseconds
    figure upload_64MiB "$best" milliseconds $((bound * 13 / 10))
}

# What others notice of a container that does what it should not, and what it costs the runtime: nothing of this needs
# root, for whoever connects to the second socket of a simulation is its container.
# From the death of the runtime until the next one answers, with containers running.
revive() {
    local begin
    begin=$(milliseconds)
    kill -KILL "$(runtime_process)"
    until out/pvcontrol -s "$run/pv-ctrl" get "container/bench0" >/dev/null 2>&1; do
        [ $(($(milliseconds) - begin)) -lt 20000 ] || return 1
    done
    figure "api_back_after_kill_$1" $(($(milliseconds) - begin)) milliseconds 1000
}

attacks() {
    local kind attack tries=0 path=/apis/pantavisor.io/v1/containers/sensor
    out/pantavisor simulate manifests/revisions/demo --serve "$work/host" --serve-as "sensor=$work/guest" \
        >"$work/simulation" 2>&1 &
    pantavisor=$!
    until [ -S "$work/guest" ]; do
        [ $((tries += 1)) -le 300 ] || { skip attacks "the simulation does not come up" && return; }
        sleep 0.1
    done
    out/pv-bench calm calm "$work/host" $path 5 5000 || skip calm "the server did not answer"
    for kind in abandon half flood garbage deaf watch log body websocket; do
        out/pv-bench attack $kind "$work/guest" $path 200 8 >"$work/attack" &
        attack=$!
        sleep 1
        out/pv-bench calm "calm_during_$kind" "$work/host" $path 5 5000 ||
            skip "calm_during_$kind" "the server did not answer"
        figure "private_during_$kind" "$(memory 'Private_Clean|Private_Dirty' "$pantavisor")" kB 32000
        wait $attack
        echo "# $(cat "$work/attack")"
    done
    sleep 2
    figure private_after_attacks "$(memory 'Private_Clean|Private_Dirty' "$pantavisor")" kB 16000
    stop
}

containers() {
    local count=$1 bound
    hack/make-bench-storage.sh "$work/storage$count" "$count"
    if bound=$(raw_start "$count"); then
        figure "lxc_execute_$count" "$bound" milliseconds
    else
        bound=
        skip "lxc_execute_$count" "it did not start; see its log"
    fi
    # The list of what to stop was made in another shell.
    mapfile -t raw < <(seq 0 $((count - 1)))
    stop_raw
    rm -rf "$work/lxc"
    if start "$count"; then
        figure "start_$count" "$started" milliseconds ${bound:+$((bound * 3 / 2))}
        idle "$count"
        [ "$count" != 16 ] || { load && logs && revive 16; }
        [ "$count" != 1 ] || upload || skip upload_64MiB "the server refused it"
    else
        skip "start_$count" "the runtime did not reach its goals"
        tail -n 5 "$work/log" >&2
    fi
    stop
    rm -rf "$run"
}

# An update of one of the demo's six containers, from the request until its next process runs: its own end takes a few
# milliseconds of that. Meanwhile somebody asks for the containers all the time.
update() {
    local key=_config/greeter/etc/greeting begin sha
    local pvcontrol=("$top/out/pvcontrol" -s "$run/pv-ctrl")
    hack/make-demo-storage.sh "$work/storagedemo"
    start demo || return 1
    echo "something else" >"$work/greeting"
    sha=$(sha256sum "$work/greeting" | cut -d ' ' -f 1)
    "${pvcontrol[@]}" objects put "$work/greeting" "$sha" >/dev/null || return 1
    "${pvcontrol[@]}" steps get 0 | jq -c --arg key "$key" --arg sha "$sha" '.[$key] = $sha' >"$work/step" || return 1
    "${pvcontrol[@]}" steps put "$work/step" locals/other >/dev/null || return 1
    out/pv-bench calm get_containers_during_update "$run/pv-ctrl" /containers 3 5 >"$work/calm" &
    local calm=$!
    sleep 1
    begin=$(milliseconds)
    "${pvcontrol[@]}" cmd run locals/other >/dev/null || return 1
    "${pvcontrol[@]}" wait container/greeter --for=jsonpath='{.status.startedRevision}'=locals/other >/dev/null ||
        return 1
    figure update_without_reboot $(($(milliseconds) - begin)) milliseconds 300
    wait $calm || return 1
    cat "$work/calm"
}

# A whole boot in the emulator, by phases, and how much longer it takes than a shell that only mounts the storage; and an
# update with a reboot.
boot() {
    local name value unit limit
    hack/build-initramfs.sh --output "$work/initramfs.xz" >"$work/initramfs"
    awk '$2 ~ "^/" { print "initramfs" $2, $1, "bytes" }' "$work/initramfs"
    figure initramfs_xz_bytes "$(awk '/ in all; / { print $4 }' "$work/initramfs")" bytes 16777216
    while read -r name value unit limit; do
        if [ "$value" = skipped ]; then
            skip "$name" "$unit $limit"
        else
            figure "$name" "$value" "$unit" ${limit:+"$limit"}
        fi
    done < <(hack/qemu/bench.py || echo "boot skipped the emulator failed; see above")
}

# One simulated life with updates, of which two processors have to live ten thousand in five minutes.
lives() {
    local begin
    begin=$(milliseconds)
    out/pantavisor simulate manifests/revisions/update-life.json --updates 1 --seeds 0-199 >"$work/lives" || return 1
    figure update_life $((($(milliseconds) - begin) / 200)) milliseconds 60
}

out/pv-bench core
lives || skip update_life "$(tail -n 1 "$work/lives")"
[ $core_only = no ] || exit 0
sizes
attacks
if hack/install-dependencies.sh --device; then boot; else skip boot "the emulator cannot be installed"; fi
if [ "$(id -u)" != 0 ]; then
    skip containers "containers need root"
else
    for count in 1 4 16 20; do containers "$count"; done
    update || skip update_without_reboot "the device did not update; see above"
    stop
fi
