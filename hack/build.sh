#!/usr/bin/env bash
# Builds the release executables, stripped, into out/.
# usage: hack/build.sh [--bench]
#   --bench   the benchmark program as well, made the same way

. "$(dirname "$0")/lib.sh"
[ $# = 0 ] || [ "$*" = --bench ] || { usage && exit 2; }

# One executable for everything on the device: the Swift runtime is linked in, what nothing uses is thrown out function
# by function, equal code is kept once, and relocations are packed (glibc 2.36). The device stores and unpacks it.
flags=(
    -c release --static-swift-stdlib
    -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections
    -Xswiftc -use-ld=lld -Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-export-dynamic
    -Xlinker -z -Xlinker nostart-stop-gc -Xlinker -z -Xlinker pack-relative-relocs
    -Xlinker --no-eh-frame-hdr -Xlinker -T -Xlinker "$top/hack/device.ld"
)

# install_stripped FILE: stripped, into out/, also while the old one runs.
install_stripped() {
    strip -s -o "out/${1##*/}.new" "$1"
    mv "out/${1##*/}.new" "out/${1##*/}"
}

say "building (the first time takes some minutes)"
swift build "${flags[@]}" --product pantavisor >&2
binaries=$(swift build "${flags[@]}" --show-bin-path)
mkdir -p out
install_stripped "$binaries/pantavisor"
ln -sf pantavisor out/pvcontrol
if [ $# = 1 ]; then
    swift build "${flags[@]}" --product pv-bench >&2
    install_stripped "$binaries/pv-bench"
fi

# The helper stays in memory once per container as its monitor, so nothing of Swift is in it.
read -ra lxc < <(pkg-config --cflags --libs lxc)
"${CC:-cc}" -Os -Wall -Wextra -Werror -o "out/pv-lxc-start.new" Sources/Runtime/C/StartHelper/*.c "${lxc[@]}" \
    -Wl,--gc-sections -Wl,--as-needed -s
mv out/pv-lxc-start.new out/pv-lxc-start
