#!/usr/bin/env bash
# Builds Pantavisor, makes a storage with the demo revision, and runs it here until Ctrl-C.
# usage: hack/run.sh [--once] [--update-demo] [--build-only | --no-build] [--storage DIR] [--run DIR]
#   --once         stop again when every goal is reached
#   --update-demo  then update a container, and try a bad update that is taken back
#   --build-only   make everything, start nothing
#   --no-build     use what out/ holds
#   --storage DIR  where revisions, objects and data live (default .storage in the checkout); a storage that holds
#                  a revision 0 already is used as it is
#   --run DIR      sockets and what a reboot forgets (default /run/pantavisor/pv)

. "$(dirname "$0")/lib.sh"

arguments=("$@")
storage=$top/.storage
run=/run/pantavisor/pv
once=no update_demo=no build=yes start=yes
while [ $# -gt 0 ]; do
    case $1 in
    --once) once=yes ;;
    --update-demo) update_demo=yes ;;
    --build-only) start=no ;;
    --no-build) build=no ;;
    --storage) [ $# -gt 1 ] || { usage && exit 2; }; storage=$(absolute "$2") && shift ;;
    --run) [ $# -gt 1 ] || { usage && exit 2; }; run=$(absolute "$2") && shift ;;
    *) usage && exit 2 ;;
    esac
    shift
done

if [ $build = yes ]; then
    hack/install-dependencies.sh
    hack/build.sh
fi
if [ $start = no ]; then
    [ -e "$storage/trails/0/.pvr/json" ] || hack/make-demo-storage.sh "$storage"
    exit
fi
cd "$caller_directory"
become_root --no-build "${arguments[@]}"
cd "$top"

if [ -e "$storage/.demo" ] || [ ! -e "$storage/trails/0/.pvr/json" ]; then
    hack/make-demo-storage.sh "$storage"
fi

pvcontrol=("$top/out/pvcontrol" -s "$run/pv-ctrl")
log=$storage/logs/0/pantavisor/pantavisor.log
watcher=

say "starting; the log is $log"
options=()
[ $update_demo = no ] || options+=(--commit-delay 3)
"$top/out/pantavisor" appengine --storage "$storage" --run "$run" "${options[@]}" &
pantavisor=$!

# Asks for an orderly stop, however this script ends, and waits for it.
stop() {
    trap '' INT TERM
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || :
    if kill -TERM "$pantavisor" 2>/dev/null; then
        say "stopping"
        wait "$pantavisor" || say "pantavisor ended with status $?"
    fi
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# When it is gone before its time, its last words are for the user.
alive() {
    kill -0 "$pantavisor" 2>/dev/null && return
    [ ! -e "$log" ] || tail -n 20 "$log" >&2
    die "pantavisor ended"
}

until "${pvcontrol[@]}" get device >/dev/null 2>&1; do
    alive
    sleep 0.1
done

# A table that renews itself on a terminal; elsewhere one line for each change of what it shows.
if [ -t 1 ]; then
    "${pvcontrol[@]}" get containers -w &
else
    "${pvcontrol[@]}" get containers -w > >(awk '{ row = $0; sub(/ +[^ ]+$/, "", row) } row != last[$1] { print } { last[$1] = row }') &
fi
watcher=$!
until "${pvcontrol[@]}" wait device/self --for=condition=Ready --timeout=5s >/dev/null 2>&1; do
    alive
done
kill "$watcher" 2>/dev/null || :
wait "$watcher" 2>/dev/null || :
watcher=

echo
say "every goal is reached"
"${pvcontrol[@]}" get groups,containers
[ $update_demo = no ] || hack/update-demo.sh "$run/pv-ctrl"
[ $once = no ] || exit 0

socket=
[ "$run" = /run/pantavisor/pv ] || socket=" -s $run/pv-ctrl"
cat <<EOF

Now, in another terminal (as root):
  out/pvcontrol$socket get containers -w          watch every change
  out/pvcontrol$socket describe container flaky   what happened to the one that crashed twice
  out/pvcontrol$socket explain container/flaky    why it is not at its goal, or that it is
  out/pvcontrol$socket containers stop greeter    and start it again
  out/pvcontrol$socket exec counter -- sh         a shell in a container
docs/quickstart.md goes on from here. Ctrl-C stops everything.
EOF
wait "$pantavisor" || die "pantavisor ended with status $?; the log is $log"
