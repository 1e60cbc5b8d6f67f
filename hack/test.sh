#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test on this machine.
# usage: hack/test.sh [--quick | --device]
#   --quick   only the Swift tests that need neither root nor containers
#   --device  only whole devices in an emulator: every story, where the usual run has one
# Runs as root (with sudo when it is not), because the tests of the drivers and the examples start real containers.

. "$(dirname "$0")/lib.sh"

# stories OPTION…: whole devices in an emulator; where there can be none, a line says why.
stories() {
    if hack/install-dependencies.sh --device; then
        hack/qemu/run.py "$@"
    else
        echo "SKIPPED all stories of devices: the emulator cannot be installed"
    fi
}

hack/install-dependencies.sh
case ${1-} in
--device)
    hack/build.sh
    stories
    exit
    ;;
--quick) exec swift test --parallel --skip 'LinuxDriverTests|DriverConformance|AppengineTests' ;;
"") ;;
*) usage && exit 2 ;;
esac

# Each suite that starts devices on this host, or that other work would slow down, has the machine for itself.
alone='AppengineTests|LinuxDriverTests|DriverConformance'
swift_tests() {
    local result=0
    as_root env PATH="$PATH" swift test --skip-build --skip "$alone" || result=1
    as_root env PATH="$PATH" PV_LXC_START="$top/out/pv-lxc-start" swift test --skip-build --filter "$alone" || result=1
    return $result
}
# seeds REVISION FIRST LAST OPTION…: both halves at once, since a seed is one thread's work.
seeds() {
    local revision=manifests/revisions/$1 first=$2 last=$3 middle=$((($2 + $3) / 2)) other
    shift 3
    out/pantavisor simulate "$revision" --seeds "$first-$middle" "$@" | tail -n 400 &
    other=$!
    out/pantavisor simulate "$revision" --seeds "$((middle + 1))-$last" "$@" | tail -n 400 && wait $other
}
run_once() { as_root env PATH="$PATH" hack/run.sh --no-build --once "$@"; }
update_demo() {
    local storage status=0
    storage=$(mktemp -d)
    run_once --update-demo --storage "$storage" || status=$?
    as_root rm -rf "$storage"
    return $status
}
nothing_left() { diff /dev/null <(as_root hack/leftovers.sh /run/pantavisor/pv .storage); }

hack/build.sh
say "building the tests (the first time takes some minutes)"
swift build --build-tests >&2
status=0
swift_tests || status=1

check "hack/run.sh --once converges and stops" run_once
check "hack/run.sh --update-demo updates a container, and takes a bad update back" update_demo
check "2000 lives of a simulated device, with faults and deaths" seeds demo 0 1999
check "10000 lives with updates, faults, deaths and power cuts" seeds update-life.json 0 9999 --updates 1
hack/kube-clients.sh || failed=$((failed + 1))
as_root env PATH="$PATH" hack/kube-clients.sh --live || failed=$((failed + 1))
hack/link/self-test.sh || failed=$((failed + 1))
check "the documentation's graph is current" hack/update-docs.sh --check
stories --smoke || failed=$((failed + 1))
hack/check-docs.sh || failed=$((failed + 1))
check "nothing is left behind" nothing_left
[ $status = 0 ] || { echo "FAILED  swift test" && failed=$((failed + 1)); }
summary
