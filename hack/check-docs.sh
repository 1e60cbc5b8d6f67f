#!/usr/bin/env bash
# Runs the commands of the documentation, in order, against the demo, and compares what they print.
# usage: hack/check-docs.sh [FILE.md…]   (as root; default: README.md and docs/*.md)
#
# Each line "$ command" in a block that starts with ```console is run; it must succeed. Lines below it are what it
# prints: they must appear in this order, white space counts as one blank, and "..." stands for any text or lines.
# "$ ./hack/run.sh" starts the demo and leaves it running for the commands that follow, in all files. A command that
# ends in "# Ctrl-C" is interrupted after two seconds, "# fails" must fail. Cloning and changing into the checkout
# are taken as done. Relative links must lead somewhere.

. "$(dirname "$0")/lib.sh"
become_root "$@"

work=$(mktemp -d)
demo=
export PATH="$top/out:$PATH"

start_demo() {
    [ -z "$demo" ] || return 0
    "$top/hack/run.sh" --no-build >"$work/demo" 2>&1 &
    demo=$!
    local tries=0
    until grep -q 'Ctrl-C stops everything' "$work/demo"; do
        if ! kill -0 "$demo" 2>/dev/null || [ $((tries += 1)) -gt 300 ]; then
            cat "$work/demo"
            return 1
        fi
        sleep 0.2
    done
}

stop_demo() {
    [ -n "$demo" ] || return 0
    kill -TERM "$demo" && wait "$demo"
    [ $? = 143 ]
}

# Must not fail: under "set -e" the status of a failed trap becomes the script's.
clean_up() {
    [ -z "$demo" ] || kill "$demo" 2>/dev/null || :
    rm -rf "$work"
}
trap clean_up EXIT

# run_command TEXT: as a user would type it, with what it prints in $work/output.
run_command() {
    local text=${1#sudo } status=0
    case $text in
    "git clone "* | "cd "*) : >"$work/output" ;;
    "./hack/run.sh") start_demo && cp "$work/demo" "$work/output" ;;
    *"# Ctrl-C")
        timeout -s INT 2 bash -c "$text" >"$work/output" 2>&1 || status=$?
        [ $status = 124 ] || [ $status = 130 ] || [ $status = 0 ]
        ;;
    *"# fails") ! timeout 120 bash -c "$text" >"$work/output" 2>&1 ;;
    *) timeout 600 bash -c "$text" >"$work/output" 2>&1 ;;
    esac
}

# Whether $work/output has the lines of $work/expected, in order; "..." matches anything.
matches() {
    awk '
        function squeeze(text) { gsub(/\033\[[0-9;]*m/, "", text); gsub(/[ \t\r]+/, " ", text); sub(/^ /, "", text); sub(/ $/, "", text); return text }
        function like(text, pattern,   parts, n, i, at) {
            n = split(pattern, parts, /\.\.\./)
            if (n == 1) return text == pattern
            if (substr(text, 1, length(parts[1])) != parts[1]) return 0
            text = substr(text, length(parts[1]) + 1)
            for (i = 2; i <= n; i++) {
                if (parts[i] == "") continue
                at = index(text, parts[i])
                if (!at) return 0
                text = substr(text, at + length(parts[i]))
            }
            return parts[n] == "" || text == ""
        }
        FILENAME == ARGV[1] { line = squeeze($0); if (line != "" && line != "...") wanted[++count] = line; next }
        reached < count && like(squeeze($0), wanted[reached + 1]) { reached++ }
        END { if (reached < count) { print "not printed: " wanted[reached + 1]; exit 1 } }
    ' "$work/expected" "$work/output" >"$work/difference"
}

example() { # COMMAND, with the expected lines in $work/expected
    if ! run_command "$1"; then
        echo "its status is wrong; it printed:"
        cat "$work/output"
        return 1
    fi
    matches && return
    cat "$work/difference"
    echo "it printed:"
    cat "$work/output"
    return 1
}

# commands FILE: one "C command" line for each command, and "E text" lines for what it prints.
commands() {
    awk '
        /^ *```/ { inside = !inside && /```console/; next }
        inside && /^ *\$ / { sub(/^ *\$ /, ""); print "C " $0; next }
        inside { print "E " $0 }
    ' "$1"
}

# example is not run through `check`: the demo it may start must outlive it.
run_example() {
    if example "$2" </dev/null >"$work/report"; then
        printf 'ok      %s: %s\n' "$1" "$2"
        passed=$((passed + 1))
    else
        printf 'FAILED  %s: %s\n' "$1" "$2"
        sed 's/^/        | /' "$work/report"
        failed=$((failed + 1))
    fi
}

files=("$@")
[ $# -gt 0 ] || files=(README.md docs/*.md)
for file in "${files[@]}"; do
    command=
    commands "$file" >"$work/commands"
    while IFS= read -r line <&3; do
        case $line in
        "C "*)
            [ -z "$command" ] || run_example "$file" "$command"
            command=${line#C }
            : >"$work/expected"
            ;;
        *) printf '%s\n' "${line#E }" >>"$work/expected" ;;
        esac
    done 3<"$work/commands"
    [ -z "$command" ] || run_example "$file" "$command"
done

# links FILE: each relative link must lead to a file that is there.
links() {
    local link status=0
    while read -r link; do
        [ -e "$(dirname "$1")/$link" ] || { echo "no such file: $link" && status=1; }
    done < <(grep -oE '\]\([^)#]+' "$1" | sed 's/^](//' | grep -v '^[a-z]*:' || true)
    return $status
}
for file in "${files[@]}"; do
    check "$file: its links" links "$file"
done

if [ -n "$demo" ]; then
    if stop_demo; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED  the demo did not stop cleanly"; fi
    demo=
fi
summary
