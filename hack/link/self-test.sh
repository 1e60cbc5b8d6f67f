#!/usr/bin/env bash
# Checks that hack/link/ld leaves all that a program needs: one that asks much of the runtime must print the same.
# usage: hack/link/self-test.sh

. "$(dirname "$0")/../lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build NAME OPTION…
build() {
    swiftc -module-name example -static-stdlib -Osize -swift-version 6 -Xfrontend -function-sections -use-ld=lld \
        -Xlinker --gc-sections -o "$work/$1" "${@:2}" hack/link/self-test.swift
}
prints_the_same() { diff <("$work/plain") <("$work/cut"); }
is_smaller() {
    local plain cut
    plain=$(stat -c %s "$work/plain") cut=$(stat -c %s "$work/cut")
    echo "$plain bytes without, $cut with it"
    [ "$cut" -lt $((plain * 3 / 4)) ]
}
explains() { hack/link/ld --why '^_?swift_retain$' "@$work/cut.link" | grep '^  for '; }

check "builds as it is" build plain
check "builds with hack/link/ld" build cut -ld-path="$top/hack/link/ld"
[ $failed = 0 ] || { summary; exit 1; }
strip "$work/plain" "$work/cut"
check "prints the same" prints_the_same
check "is smaller by a quarter" is_smaller
check "explains why something is in it" explains
summary
