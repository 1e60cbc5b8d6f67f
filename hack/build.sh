#!/usr/bin/env bash
# Builds the release executables, stripped, into out/.
# usage: hack/build.sh [--bench]
#   --bench   the benchmark program as well, made the same way

. "$(dirname "$0")/lib.sh"
[ $# = 0 ] || [ "$*" = --bench ] || { usage && exit 2; }

# One executable for everything on the device: the Swift runtime is linked in, what nothing can reach is thrown out
# function by function (hack/link), equal code is kept once, and relocations are packed (glibc 2.36). The device stores
# and unpacks it.
flags=(
    -c release --static-swift-stdlib
    -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections
    -Xswiftc -use-ld=lld -Xswiftc -ld-path="$top/hack/link/ld"
    -Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs
    -Xlinker --no-eh-frame-hdr -Xlinker -T -Xlinker "$top/hack/link/device.ld"
)

# install_stripped FILE: stripped, into out/, also while the old one runs.
install_stripped() {
    strip -s -o "out/${1##*/}.new" "$1"
    mv "out/${1##*/}.new" "out/${1##*/}"
}

# build PRODUCT: an executable; linked anew when the linker changed, of which the build system does not know.
build() {
    [ -z "$(find hack/link -type f -not -name '*.pyc' -newer "$binaries/$1" 2>/dev/null)" ] || rm -f "$binaries/$1"
    swift build "${flags[@]}" --product "$1" >&2
    install_stripped "$binaries/$1"
}

say "building (the first time takes some minutes)"
binaries=$(swift build "${flags[@]}" --show-bin-path)
mkdir -p out
build pantavisor
ln -sf pantavisor out/pvcontrol
[ $# = 0 ] || build pv-bench

# The helper stays in memory once per container as its monitor, so nothing of Swift is in it.
read -ra lxc < <(pkg-config --cflags --libs lxc)
"${CC:-cc}" -Os -Wall -Wextra -Werror -o "out/pv-lxc-start.new" Sources/Runtime/C/StartHelper/*.c "${lxc[@]}" \
    -Wl,--gc-sections -Wl,--as-needed -s
mv out/pv-lxc-start.new out/pv-lxc-start
