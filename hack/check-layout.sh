#!/usr/bin/env bash
# Checks what the compiler does not: who imports whom, sizes, and that nothing below the engine's shell knows time or chance.
# usage: hack/check-layout.sh [--self-test]

. "$(dirname "$0")/lib.sh"

max_file_lines=400
max_function_lines=50
max_bytes=12500000
max_xz_bytes=3200000

# What each module may import besides Swift itself (Swift, Synchronization). One line per directory of Sources/.
allowed() {
    local nio="NIOCore NIOPosix NIOHTTP1 NIOWebSocket"
    case $1 in
    Runtime/JSON) echo CJansson OrderedCollections ;;
    Runtime/Model) echo JSON ;;
    Runtime/StateFormat) echo Model JSON OrderedCollections ;;
    Runtime/Store) echo Model JSON HashTreeCollections DequeModule ;;
    Runtime/Drivers) echo Model JSON ;;
    Runtime/LogServer) echo JSON ;;
    Runtime/LinuxDrivers) echo LogServer Drivers Model JSON CCrypto CLXC CShims Glibc Dispatch Logging ;;
    API/TLS) echo CSSL NIOCore ;;
    Runtime/FakeDrivers) echo Drivers Model JSON ;;
    Runtime/Engine) echo Store Drivers Model JSON HeapModule DequeModule HashTreeCollections Logging ;;
    Runtime/Simulator) echo Engine FakeDrivers Controllers Store Drivers Model JSON HeapModule Logging ;;
    Controllers) echo Engine StateFormat Store Drivers Model JSON Logging ;;
    API/Server) echo SecureTransport Store StateFormat Model JSON Glibc DequeModule Logging "$nio" ;;
    API/Client) echo Model JSON Glibc "$nio" ;;
    CLI/pvcontrol) echo APIClient StateFormat Model JSON Glibc ;;
    CLI/bench) echo Engine Store Drivers Model Glibc ;;
    CLI/pantavisor) echo Boot PVControl Glibc ;;
    Boot/Offline) echo Controllers Engine FakeDrivers Simulator StateFormat Store Drivers Model JSON ;;
    Boot)
        echo Offline Controllers Engine LinuxDrivers LogServer FakeDrivers Simulator APIServer SecureTransport StateFormat Store Drivers Model JSON \
            CShims Glibc Dispatch Logging
        ;;
    *) return 1 ;;
    esac
}

# Modules whose results must follow from their inputs alone.
pure="Controllers Runtime/Engine Runtime/Store Runtime/Model Runtime/StateFormat Runtime/FakeDrivers Runtime/Simulator"
pure+=" Runtime/LogServer"
time_and_chance='\<(usleep|nanosleep|clock_gettime|gettimeofday|ContinuousClock|SuspendingClock|DispatchTime)\>'
time_and_chance+='|\<Task\.sleep|\<(sleep|time|arc4random|getrandom)\(|\.random\([^,]*\)|\.randomElement\(\)'
time_and_chance+='|\.shuffled\(\)|\.shuffle\(\)|\<SystemRandomNumberGenerator\>|\<(Date|UUID)\(\)'

# code FILE: its lines with comments and string contents blanked, so that words in them are not taken for code.
code() { sed -E 's:^[[:space:]]*//.*$::; s/"([^"\\]|\\.)*"/""/g; s:[[:space:]]//.*$::' "$1"; }

# module_of FILE: its directory in Sources/ as the table above names it.
module_of() {
    local rest=${1#*Sources/}
    case $rest in
    Boot/Offline/*) echo Boot/Offline ;;
    Boot/* | Controllers/*) echo "${rest%%/*}" ;;
    *) echo "${rest%%/*}/$(cut -d/ -f2 <<<"$rest")" ;;
    esac
}

report() { # FILE LINE TEXT
    printf '%s:%s: %s\n' "$1" "$2" "$3"
    violations=$((violations + 1))
}

# grep_code FILE PATTERN TEXT: a violation for each line of code that matches.
grep_code() {
    local line
    while IFS=: read -r line _; do
        [ -z "$line" ] || report "$1" "$line" "$3"
    done < <(code "$1" | grep -nE "$2" || true)
}

check_imports() {
    local file=$1 module=$2 modules line name
    modules=$(allowed "$module") || {
        report "$file" 1 "$module is not in the table of modules in hack/check-layout.sh"
        return
    }
    while IFS=: read -r line name; do
        case " $modules Swift Synchronization " in
        *" $name "*) ;;
        *) report "$file" "$line" "$module must not import $name" ;;
        esac
    done < <(code "$file" | sed -nE \
        '/^(@[a-zA-Z_]+(\([a-z]*\))? +)*((package|internal|private|public|fileprivate) +)?import /{
            =;s/.*import +((struct|class|enum|protocol|func|var|let|typealias) +)?([A-Za-z0-9_]+).*/\3/p}' | paste -d: - -)
}

check_lengths() {
    local file=$1 lines line length
    lines=$(wc -l <"$file")
    [ "$lines" -le $max_file_lines ] || report "$file" "$lines" "$lines lines; at most $max_file_lines"
    while read -r line length; do
        report "$file" "$line" "a function of $length lines; at most $max_function_lines"
    done < <(awk -v max=$max_function_lines '
        /^ *(([a-z@]+(\([a-z]+\))?) )*(func |init[?(<])/ && /\{$/ { match($0, /^ */); indent = RLENGTH; start = NR; next }
        start && /^ *\}/ {
            match($0, /^ */)
            if (RLENGTH == indent) { if (NR - start + 1 > max) print start, NR - start + 1; start = 0 }
        }' "$file")
}

# What the compiler cannot prove needs its proof beside it, and has its place.
check_unchecked() {
    local file=$1 module=$2 line
    while IFS=: read -r line _; do
        [ -n "$line" ] || continue
        case $module in
        Runtime/LinuxDrivers | Boot) ;;
        *) report "$file" "$line" "unchecked concurrency belongs into LinuxDrivers or Boot" ;;
        esac
        sed -n "$((line > 1 ? line - 1 : 1)),${line}p" "$file" | grep -q '//' ||
            report "$file" "$line" "unchecked concurrency without a comment that says why it is safe"
    done < <(code "$file" | grep -nE '@unchecked Sendable|nonisolated\(unsafe\)|@unsafe' || true)
}

# check_tree ROOT: every Swift file below ROOT.
check_tree() {
    local file module
    violations=0
    while read -r file; do
        check_lengths "$file"
    done < <(find "$1/Sources" "$1/Tests" -name '*.swift' 2>/dev/null | sort)
    while read -r file; do
        module=$(module_of "$file")
        check_imports "$file" "$module"
        check_unchecked "$file" "$module"
        grep_code "$file" '\<public\>' "public: use package, or nothing"
        grep_code "$file" '\<try!' "try!: handle the error"
        case " $pure " in
        *" $module "*) grep_code "$file" "$time_and_chance" "time or chance in $module: take it as an input" ;;
        esac
    done < <(find "$1/Sources" -name '*.swift' | sort)
}

# check_sizes EXECUTABLE: against the budget for the device.
check_sizes() {
    local bytes xz_bytes
    bytes=$(stat -c %s "$1")
    xz_bytes=$(packed_size "$1")
    [ "$bytes" -le $max_bytes ] || report "$1" 1 "$bytes bytes; at most $max_bytes"
    [ "$xz_bytes" -le $max_xz_bytes ] || report "$1" 1 "$xz_bytes bytes with xz; at most $max_xz_bytes"
}

# catches NAME MODULE TEXT EXPECTED: the text as a file of the module must give exactly that message (or none for "").
catches() {
    local root messages
    root=$(mktemp -d)
    mkdir -p "$root/Sources/$2"
    printf '%b\n' "$3" >"$root/Sources/$2/Planted.swift"
    messages=$(check_tree "$root" | sed 's/^[^ ]*: //')
    rm -rf "$root"
    [ "$messages" = "$4" ] && return
    printf 'expected: %s\nfound:    %s\n' "$4" "$messages"
    return 1
}

# catches_size BYTES SOURCE EXPECTED: a file of that many bytes must give that message.
catches_size() {
    local file messages
    file=$(mktemp)
    head -c "$1" "$2" >"$file"
    messages=$(check_sizes "$file")
    rm -f "$file"
    case $messages in
    *"$3") [ -n "$3" ] || [ -z "$messages" ] ;;
    *) echo "found: $messages" && false ;;
    esac
}

self_test() {
    local long big
    long=$(printf 'let x = 1\\n%.0s' {1..400})let
    big="func f() {\n$(printf '    g()\\n%.0s' {1..49})}"
    planted() { check "$1" catches "$@"; }
    planted "sound code passes" Controllers 'import Engine\npackage import Model\nlet a = 1' ""
    planted "words in comments and strings pass" Controllers '// public Task.sleep(\nlet a = "public try! time(" // public' ""
    planted "a driver imported by a controller" Controllers 'import LinuxDrivers' "Controllers must not import LinuxDrivers"
    planted "a sideways import" Runtime/Store 'package import Drivers' "Runtime/Store must not import Drivers"
    planted "an upward import" API/Server 'import Controllers' "API/Server must not import Controllers"
    planted "one symbol of a forbidden module" Runtime/Model 'import struct Engine.Plan' "Runtime/Model must not import Engine"
    planted "an import with an attribute" Runtime/Model '@preconcurrency import Glibc' "Runtime/Model must not import Glibc"
    planted "a C module above the drivers" Controllers 'import CLXC' "Controllers must not import CLXC"
    planted "Foundation on the device" Boot 'import Foundation' "Boot must not import Foundation"
    planted "FoundationEssentials on the device" CLI/pvcontrol 'import FoundationEssentials' \
        "CLI/pvcontrol must not import FoundationEssentials"
    planted "a directory nobody named" Other/New 'let a = 1' \
        "Other/New is not in the table of modules in hack/check-layout.sh"
    planted "a file too long" Boot "$long" "401 lines; at most 400"
    planted "a function too long" Boot "$big" "a function of 51 lines; at most 50"
    planted "a sleep in a controller" Controllers 'let a = try await Task.sleep(for: x)' \
        "time or chance in Controllers: take it as an input"
    planted "a clock in the engine" Runtime/Engine 'let a = ContinuousClock.now' \
        "time or chance in Runtime/Engine: take it as an input"
    planted "chance in the simulator" Runtime/Simulator 'let a = Int.random(in: 0..<2)' \
        "time or chance in Runtime/Simulator: take it as an input"
    planted "an unseeded shuffle" Runtime/FakeDrivers 'let a = b.shuffled()' \
        "time or chance in Runtime/FakeDrivers: take it as an input"
    planted "public" Boot 'public struct A {}' "public: use package, or nothing"
    planted "try!" Boot 'let a = try! b()' "try!: handle the error"
    planted "unchecked without a reason" Boot 'let b = 1\nfinal class A: @unchecked Sendable {}' \
        "unchecked concurrency without a comment that says why it is safe"
    planted "unchecked with a reason" Boot '// Only its own thread sees it.\nfinal class A: @unchecked Sendable {}' ""
    planted "unchecked in the wrong place" Controllers '// Safe.\nnonisolated(unsafe) var a = 1' \
        "unchecked concurrency belongs into LinuxDrivers or Boot"
    check "an executable over the budget" catches_size 12500001 /dev/zero ": 12500001 bytes; at most 12500000"
    check "an executable over the budget with xz" catches_size 3300000 /dev/urandom " bytes with xz; at most 3200000"
    check "an executable within the budget" catches_size 1000 /dev/urandom ""
    summary
}

violations=0
case ${1-} in
"")
    check_tree .
    [ ! -e out/pantavisor ] || check_sizes out/pantavisor
    files=$(find Sources Tests -name '*.swift' | wc -l)
    printf 'layout: %d files, %d violations\n' "$files" "$violations"
    [ "$violations" = 0 ]
    ;;
--self-test) self_test ;;
*) usage && exit 2 ;;
esac
