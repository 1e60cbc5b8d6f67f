#!/usr/bin/env bash
# Tries to break what reads input from outside, under AddressSanitizer, until it breaks or the time is over.
# usage: hack/fuzz.sh [seconds] [target...]
#   seconds   how long to try, all targets together (default 60)
#   target    fuzz-state: revisions; fuzz-http: a whole API server, with everything a client can send it (default both)
# What breaks one is kept in .build-fuzz/crashes-TARGET; run .build-fuzz/debug/TARGET FILE to see it again. Inputs that
# reached something new are kept in .build-fuzz/corpus-TARGET for the next time.

. "$(dirname "$0")/lib.sh"

seconds=${1:-60}
[[ $seconds =~ ^[0-9]+$ ]] || { usage && exit 2; }
[ $# = 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(fuzz-state fuzz-http)
build=.build-fuzz

# seeds TARGET: the inputs to begin with, in the directory of that name.
seeds() {
    rm -rf "$build/seeds-$1"
    mkdir -p "$build/corpus-$1" "$build/seeds-$1" "$build/crashes-$1"
    case $1 in
    fuzz-state)
        while read -r file; do
            cp "$file" "$build/seeds-$1/$(tr / _ <<<"$file")"
        done < <(find manifests -name '*.json' -size -64k)
        # Words of the format, so that mutations get past the first look at a document.
        grep -rhoE '"[A-Za-z_#@.-]{2,40}"' manifests --include='*.json' | sort -u >"$build/words-$1"
        ;;
    fuzz-http)
        cp Tests/Fuzz/fuzz-http/seeds/* "$build/seeds-$1"
        grep -rhoE '[A-Za-z0-9_#@.+=-]{3,40}' Tests/Fuzz/fuzz-http/seeds | sort -u | sed 's/.*/"&"/' >"$build/words-$1"
        ;;
    *) usage && exit 2 ;;
    esac
}

# fuzz TARGET SECONDS: says how it went; all that the fuzzer says is in its log.
fuzz() {
    local log=$build/$1.log
    seeds "$1"
    # Connections come and go on other threads: what those hold at the end is no leak.
    if ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=64 "$build/debug/$1" -max_total_time="$2" -max_len=8192 -timeout=10 \
        -rss_limit_mb=2048 -detect_leaks=0 -dict="$build/words-$1" -artifact_prefix="$build/crashes-$1/" \
        -print_final_stats=1 "$build/corpus-$1" "$build/seeds-$1" >"$log" 2>&1; then
        awk -v name="$1" -v seconds="$2" '$1 == "stat::number_of_executed_units:" { units = $2 }
            $1 == "stat::peak_rss_mb:" { memory = $2 } / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") reached = $(i + 1) }
            END { printf "ok      %s: %d inputs in %d seconds, %d places reached, %d MB\n", name, units, seconds, reached, memory }' \
            "$log"
        passed=$((passed + 1))
    else
        echo "FAILED  $1: what broke it is in $build/crashes-$1"
        grep -vE '^#[0-9]+[[:space:]]+(NEW|REDUCE|RELOAD|pulse|INITED|READ)' "$log" | tail -n 60 | sed 's/^/        | /'
        failed=$((failed + 1))
    fi
}

mkdir -p "$build"
for target in "${targets[@]}"; do
    say "building $target in $build"
    # Shown only when it fails: the linker has a line to say about each of AddressSanitizer's symbols.
    PANTAVISOR_FUZZ=1 swift build --scratch-path "$build" --product "$target" -Xswiftc -sanitize=fuzzer,address \
        >"$build/build.log" 2>&1 || { grep -v 'Cannot export local symbol' "$build/build.log" | tail -n 60 && exit 1; }
done
for target in "${targets[@]}"; do
    say "fuzzing $target for $((seconds / ${#targets[@]})) seconds"
    fuzz "$target" "$((seconds / ${#targets[@]}))"
done
summary
