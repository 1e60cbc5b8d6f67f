#!/usr/bin/env bash
# On a device that runs the demo revision: an update of one container, and a bad one that is taken back, live.
# usage: hack/update-demo.sh SOCKET

. "$(dirname "$0")/lib.sh"
if [ $# != 1 ] || [ "${1:0:1}" = - ]; then usage && exit 2; fi

socket=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pvcontrol() { out/pvcontrol -s "$socket" "$@"; }

# show WORD…: the command as a user types it, then what it prints. A plan that has changes ends with 2.
show() {
    local status=0 word line=
    for word; do
        case $word in *' '*) line+=" '$word'" ;; *) line+=" $word" ;; esac
    done
    printf '\n$ pvcontrol%s\n' "$line"
    pvcontrol "$@" || status=$?
    [ $status = 0 ] || { [ "$1" = plan ] && [ $status = 2 ]; } || die "pvcontrol $1 ended with status $status"
}

# upload FILE: it becomes an object, and its name is printed.
upload() {
    local sha
    sha=$(sha256sum "$1") && sha=${sha%% *}
    pvcontrol objects put "$1" "$sha" >/dev/null
    echo "$sha"
}

# with_object KEY FILE STATE: the state with the file as the object of the key.
with_object() {
    jq --arg key "$1" --arg sha "$(upload "$2")" '.[$key] = $sha' "$3"
}

# rollout_of REVISION: the name of its latest attempt.
rollout_of() {
    pvcontrol get rollouts -o json |
        jq -r --arg revision "$1" '[.items[] | select(.spec.revision == $revision)] | last | .metadata.name // empty'
}

# follow REVISION: the attempt as it goes on, one line for each change of what is shown, until it has ended.
follow() {
    local name watcher
    name=$(rollout_of "$1")
    [ -n "$name" ] || die "nobody asked for $1"
    printf '\n$ pvcontrol get rollout/%s -w\n' "$name"
    # Not the function: its shell would be killed, and the watch would go on.
    out/pvcontrol -s "$socket" get "rollout/$name" -w \
        > >(awk '{ row = $0; sub(/ +[^ ]+$/, "", row) } row != last { print; fflush() } { last = row }') &
    watcher=$!
    pvcontrol wait "rollout/$name" --for=jsonpath='{.status.step}'=Finished --timeout=90s >/dev/null || {
        kill "$watcher"
        pvcontrol describe rollout "$name"
        die "the attempt at $1 did not end"
    }
    kill "$watcher"
    wait "$watcher" 2>/dev/null || :
}

current() { pvcontrol get device/self -o 'jsonpath={.status.currentRevision}'; }

number=$(pvcontrol get revisions -o name | grep -c . || :)
before=$(current)
good=locals/greeting-$number
bad=locals/broken-$number
pvcontrol steps get "$before" >"$work/before.json"

say "an update: another greeting for one container of six"
printf 'Good morning from revision %s\n' "$good" >"$work/greeting"
with_object _config/greeter/etc/greeting "$work/greeting" "$work/before.json" >"$work/good.json"
show -m "Another greeting" steps put "$work/good.json" "$good"
show plan "$good"
show cmd run "$good"
follow "$good"
show get containers
[ "$(current)" = "$good" ] || die "the device does not run $good"
show logs greeter

say "a bad update: the same container with a program that ends at once with 1"
config=$(jq -r '."greeter/lxc.container.conf"' "$work/good.json")
pvcontrol objects get "$config" | sed 's|^lxc.init.cmd = .*|lxc.init.cmd = /bin/false|' >"$work/config"
with_object greeter/lxc.container.conf "$work/config" "$work/good.json" >"$work/bad.json"
show -m "A mistake" steps put "$work/bad.json" "$bad"
show cmd run "$bad"
follow "$bad"
show get revisions
[ "$(current)" = "$good" ] || die "the device does not run $good"
show explain "revision/${bad/\//.}"

say "the device runs $good, and $bad is remembered as bad"
