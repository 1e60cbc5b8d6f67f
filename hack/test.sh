#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test on this machine.
# usage: hack/test.sh [--quick]
#   --quick   only the Swift tests that need neither root nor containers
# Runs as root (with sudo when it is not), because the tests of the drivers and the examples start real containers.

. "$(dirname "$0")/lib.sh"

hack/install-dependencies.sh
case ${1-} in
--quick) exec swift test --parallel --skip 'LinuxDriverTests|ApplianceTests' ;;
"") ;;
*) usage && exit 2 ;;
esac

swift_tests() { as_root env PATH="$PATH" swift test --skip-build; }
run_once() { as_root env PATH="$PATH" hack/run.sh --no-build --once; }
nothing_left() { diff /dev/null <(as_root hack/leftovers.sh /run/pantavisor/pv .storage); }

say "building the tests (the first time takes some minutes)"
swift build --build-tests >&2
status=0
swift_tests || status=1
hack/build.sh

check "hack/run.sh --once converges and stops" run_once
check "the documentation's graph is current" hack/update-docs.sh --check
hack/check-docs.sh || failed=$((failed + 1))
hack/test-kill.sh || failed=$((failed + 1))
check "nothing is left behind" nothing_left
[ $status = 0 ] || { echo "FAILED  swift test" && failed=$((failed + 1)); }
summary
