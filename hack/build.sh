#!/usr/bin/env bash
# Builds the release executables, stripped, into out/.
# usage: hack/build.sh

. "$(dirname "$0")/lib.sh"
[ $# = 0 ] || { usage && exit 2; }

# One executable for everything on the device: the Swift runtime is linked in, and what nothing uses is thrown out.
flags=(-c release --static-swift-stdlib -Xswiftc -Osize -Xlinker --gc-sections)

say "building (the first time takes some minutes)"
swift build "${flags[@]}" --product pantavisor >&2
swift build "${flags[@]}" --product pv-lxc-start >&2

mkdir -p out
binaries=$(swift build "${flags[@]}" --show-bin-path)
for product in pantavisor pv-lxc-start; do
    strip -s -o "out/$product.new" "$binaries/$product"
    mv "out/$product.new" "out/$product"
done
ln -sf pantavisor out/pvcontrol
