#!/usr/bin/env bash
# Makes a storage directory whose revision 0 is a number of equal, idle containers, for hack/bench.sh.
# usage: hack/make-bench-storage.sh DIR COUNT
#
# DIR/root.squashfs is their root filesystem; a container that runs has made the file "started" in its overlay.

. "$(dirname "$0")/lib.sh"
[ $# = 2 ] || { usage && exit 2; }
storage=$(absolute "$1")
count=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root"/{bin,dev,proc,sys,run,tmp,sbin,usr/bin,etc,var/log,pantavisor,volumes,exports} \
    "$storage/objects" "$storage/trails/0/.pvr"
cp "$(command -v busybox)" "$work/root/bin/busybox"
ln -s busybox "$work/root/bin/sh"
cat >"$work/root/sbin/start" <<'END'
#!/bin/sh
: >/started
exec /bin/busybox sleep 1000000
END
chmod 0755 "$work/root/sbin/start"
mksquashfs "$work/root" "$work/root.squashfs" -all-root -comp gzip -noappend -no-progress -quiet >/dev/null

# keep FILE: stores it as an object and prints its name.
keep() {
    local sha
    sha=$(sha256sum "$1")
    cp "$1" "$storage/objects/${sha%% *}"
    printf '%s' "${sha%% *}"
}

cp "$work/root.squashfs" "$storage/root.squashfs"
root=$(keep "$work/root.squashfs")
entries=()
for ((number = 0; number < count; number++)); do
    name=bench$number
    cat >"$work/conf" <<END
lxc.rootfs.path = overlayfs:/volumes/$name/root.squashfs:/volumes/$name/lxc-overlay/upper
lxc.init.cmd = /sbin/start
lxc.namespace.keep = user net ipc
lxc.mount.auto = proc sys:rw cgroup
END
    entries+=("\"$name/run.json\": {\"#spec\": \"service-manifest-run@1\", \"name\": \"$name\", \"type\": \"lxc\",
        \"config\": \"lxc.container.conf\", \"group\": \"root\", \"root-volume\": \"root.squashfs\",
        \"storage\": {\"lxc-overlay\": {\"persistence\": \"boot\"}}},
        \"$name/lxc.container.conf\": \"$(keep "$work/conf")\", \"$name/root.squashfs\": \"$root\"")
done
{
    printf '{"#spec": "pantavisor-service-system@1"'
    printf ', %s' "${entries[@]}"
    printf '}'
} | jq -cS . | tr -d '\n' >"$storage/trails/0/.pvr/json"
