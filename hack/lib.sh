# shellcheck shell=bash
# What the scripts in hack/ share. Source it first; it moves to the top of the checkout.

set -euo pipefail

caller_directory=$PWD
script=$(readlink -f "$0")
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

say() { printf '==> %s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "${script##*/}" "$*" >&2
    exit 1
}

# Runs a command as root, with sudo when that is not who we are.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "this needs root, and there is no sudo"
        sudo "$@"
    fi
}

# Starts the calling script anew as root when it is not. Give it "$@".
become_root() {
    [ "$(id -u)" = 0 ] && return
    command -v sudo >/dev/null || die "this needs root, and there is no sudo"
    exec sudo --preserve-env=PATH "$script" "$@"
}

# Prints the lines after the first in a script's head comment: its usage text.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$script" >&2; }

# absolute PATH: as the caller meant it, who may have been in another directory.
absolute() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$caller_directory/$1" ;;
    esac
}

passed=0
failed=0

# check NAME COMMAND…: runs a check, shows its output only when it fails, and counts it.
check() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1 </dev/null; then
        printf 'ok      %s\n' "$name"
        passed=$((passed + 1))
    else
        printf 'FAILED  %s\n' "$name"
        sed 's/^/        | /' "$log" | tail -n 60
        failed=$((failed + 1))
    fi
    rm -f "$log"
}

# The closing line of a runner. Its status is the script's.
summary() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
}

# instance RUN: the name of the control groups of the Pantavisor with that run directory, as InstanceName.swift makes it.
instance() {
    local hash=$((0xcbf29ce484222325)) i character
    for ((i = 0; i < ${#1}; i++)); do
        printf -v character %d "'${1:i:1}"
        hash=$(((hash ^ character) * 0x100000001b3))
    done
    printf 'pantavisor-%016x\n' "$hash"
}

# packed_size FILE: its bytes in an initramfs, as the kernel unpacks xz: CRC32, and the filter for this processor's code.
packed_size() {
    local filter=--x86
    case $(uname -m) in
    aarch64) filter=--arm64 ;;
    armv7l) filter=--arm ;;
    esac
    xz --check=crc32 $filter --lzma2=preset=9e -T1 -c "$1" | wc -c
}
