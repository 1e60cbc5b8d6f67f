#!/usr/bin/env bash
# Feeds mutated revisions to the parser, under AddressSanitizer, until it breaks or the time is over.
# usage: hack/fuzz.sh [seconds]
#   seconds   how long to try (default 60)
# What breaks it is kept in .build-fuzz/crashes; run .build-fuzz/debug/fuzz-state FILE to see it again.

. "$(dirname "$0")/lib.sh"

seconds=${1:-60}
build=.build-fuzz

say "building the fuzz target in $build"
# The linker has a line to say about each of AddressSanitizer's symbols.
PANTAVISOR_FUZZ=1 swift build --scratch-path "$build" --product fuzz-state -Xswiftc -sanitize=fuzzer,address 2>&1 |
    grep -v 'Cannot export local symbol'

say "collecting seeds from manifests"
rm -rf "$build/seeds"
mkdir -p "$build/corpus" "$build/seeds" "$build/crashes"
while read -r file; do
    cp "$file" "$build/seeds/$(tr / _ <<<"$file")"
done < <(find manifests -name '*.json' -size -64k)

# Words of the format, so that mutations get past the first look at a document.
grep -rhoE '"[A-Za-z_#@.-]{2,40}"' manifests --include='*.json' | sort -u >"$build/words"

say "fuzzing for $seconds seconds"
exec "$build/debug/fuzz-state" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -dict="$build/words" -artifact_prefix="$build/crashes/" -print_final_stats=1 "$build/corpus" "$build/seeds"
