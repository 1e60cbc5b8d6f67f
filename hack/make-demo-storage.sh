#!/usr/bin/env bash
# Makes a storage directory that holds the demo revision as revision 0: objects and trail. Quick when it is there already.
# usage: hack/make-demo-storage.sh DIR

. "$(dirname "$0")/lib.sh"
if [ $# != 1 ] || [ "${1:0:1}" = - ]; then usage && exit 2; fi

storage=$(absolute "$1")
demo=$top/manifests/revisions/demo
marker=$storage/.demo
state=$storage/trails/0/.pvr/json

if [ -e "$state" ] && [ ! -e "$marker" ]; then
    die "$storage already holds a revision 0 that is not the demo; give another directory"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Same bytes from same sources, always: a revision names its objects by their hashes.
squash() {
    chmod -R u=rwX,go=rX "$1"
    mksquashfs "$1" "$2" -all-root -all-time 0 -mkfs-time 0 -no-xattrs -comp gzip -noappend -no-progress -quiet >/dev/null
}

# One root filesystem for all containers: busybox, empty mount points, and the tool that signals readiness.
make_base() {
    local root=$work/base applet
    mkdir -p "$root"/{bin,dev,proc,sys,run,tmp,usr/bin,usr/share/assets,var/log,pantavisor} \
        "$root"/var/lib/{total,revision,flaky}
    cp -r "$demo/images/base/." "$root"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $(busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    "${CC:-cc}" -Os -static -s -Wall -o "$root/usr/bin/pv-ready" "$demo/tools/pv-ready.c"
    squash "$root" "$work/root.squashfs"
}

# make_layer NAME: a small image from images/NAME.
make_layer() {
    cp -r "$demo/images/$1" "$work/$1"
    squash "$work/$1" "$work/$1.squashfs"
}

# source_of KEY: the file that is the object of a key of the state.
source_of() {
    case $1 in
    assets/*) echo "$work/assets.squashfs" ;;
    */root.squashfs) echo "$work/root.squashfs" ;;
    */root.ovl.squashfs) echo "$work/${1%%/*}.squashfs" ;;
    *) echo "$demo/objects/$1" ;;
    esac
}

# install_file FROM TO: whole or not at all, and only when it differs.
install_file() {
    cmp -s "$1" "$2" && return
    mkdir -p "$(dirname "$2")"
    cp "$1" "$2.new"
    chmod 0644 "$2.new"
    mv "$2.new" "$2"
}

make_base
for image in "$demo"/images/*/; do
    image=$(basename "$image")
    [ "$image" = base ] || make_layer "$image"
done

mkdir -p "$storage/objects"
: >"$marker"
cp "$demo/state.json" "$work/state"
jq -r 'to_entries[] | select(.value | type == "string") | select(.key != "#spec") | .key' "$demo/state.json" >"$work/keys"
while read -r key; do
    file=$(source_of "$key")
    sha=$(sha256sum "$file")
    sha=${sha%% *}
    install_file "$file" "$storage/objects/$sha"
    sed -i "s|\"$key\": \"[0-9a-f]*\"|\"$key\": \"$sha\"|" "$work/state"
done <"$work/keys"

# A revision is canonical JSON: sorted, no white space, no newline at the end.
jq -cS . "$work/state" | tr -d '\n' >"$work/json"
if ! cmp -s "$work/json" "$state"; then
    # A revision never changes; an older demo's makes room for this one's.
    rm -rf "$storage/trails/0"
    install_file "$work/json" "$state"
fi
