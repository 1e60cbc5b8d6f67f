#!/usr/bin/env bash
# Builds the initramfs of a device from what out/ holds: our executables, the libraries they need, and a few tools.
# usage: hack/build-initramfs.sh --output FILE [--kernel-modules DIR LIST] [--add SOURCE TARGET]… [--config FILE]
#   --output FILE              where it goes: a cpio archive, packed when the name ends in .xz
#   --kernel-modules DIR LIST  modules from DIR (…/lib/modules/<version>) by name, with all they depend on; LIST is
#                              separated by commas
#   --add SOURCE TARGET        a file of yours, at an absolute path
#   --config FILE              becomes /etc/pantavisor.config
# usage: hack/build-initramfs.sh --addon --output FILE [--kernel-modules DIR LIST] [--add SOURCE TARGET]…
#   only what is named: an archive to put behind another one, as the kernel and loaders allow
#
# Prints the size of each file and of the whole as the kernel unpacks it. Needs no root. The same input gives the same
# bytes.

. "$(dirname "$0")/lib.sh"

max_xz_bytes=$((16 << 20))

# Tools of the device, each with its reason.
tools=(
    /sbin/e2fsck    # mends the storage before it is mounted
    /bin/kmod       # loads modules, for us and for the kernel (as /sbin/modprobe)
    /bin/dash       # liblxc runs the hooks of a container through /bin/sh; hook programs and the debug shell are scripts
)

output='' addon=no config='' modules='' module_list=''
added=()
while [ $# -gt 0 ]; do
    case $1 in
    --output) [ $# -gt 1 ] || { usage && exit 2; }; output=$(absolute "$2") && shift ;;
    --addon) addon=yes ;;
    --config) [ $# -gt 1 ] || { usage && exit 2; }; config=$(absolute "$2") && shift ;;
    --kernel-modules) [ $# -gt 2 ] || { usage && exit 2; }; modules=$(absolute "$2") module_list=$3 && shift 2 ;;
    --add) [ $# -gt 2 ] || { usage && exit 2; }; added+=("$(absolute "$2")" "$3") && shift 2 ;;
    *) usage && exit 2 ;;
    esac
    shift
done
[ -n "$output" ] || { usage && exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir "$root"

# place SOURCE TARGET: a copy, at its real place: /lib, /bin and /sbin are links on the device.
place() {
    local target=$2
    case $target in
    /lib/* | /lib64/* | /bin/* | /sbin/*) target=/usr$target ;;
    esac
    [ ! -e "$root$target" ] || return 0
    mkdir -p "$root${target%/*}"
    cp -L "$1" "$root$target"
}

# place_program SOURCE TARGET: with the libraries that it names, and those that they name.
place_program() {
    local library
    place "$1" "$2"
    while read -r library; do
        place "$library" "$library"
    done < <(ldd "$1" 2>/dev/null | grep -oE '/[^ )]+')
}

# place_modules DIR LIST: modules and all they depend on, and the tables that modprobe reads.
place_modules() {
    local directory=$1 version name file
    version=${directory##*/}
    [ -d "$directory/kernel" ] || die "$directory holds no kernel modules"
    base=$work/modules
    mkdir -p "$base/lib/modules"
    ln -s "$directory" "$base/lib/modules/$version"
    # modprobe resolves names by a table that only an installed kernel has.
    tables=$work/tables
    mkdir -p "$tables/lib/modules/$version"
    cp -rs "$directory/." "$tables/lib/modules/$version/"
    depmod -b "$tables" "$version"
    for name in ${2//,/ }; do
        modprobe -d "$tables" -S "$version" --show-depends "$name" >"$work/dependencies" 2>/dev/null ||
            die "$directory has no module $name"
        while read -r _ file _; do
            case $file in
            "$tables"/*) place "$(readlink -f "$file")" "${file#"$tables"}" ;;
            esac
        done < <(grep '^insmod ' "$work/dependencies" || :)
    done
    for file in modules.builtin modules.builtin.modinfo modules.order; do
        [ ! -e "$directory/$file" ] || place "$directory/$file" "/lib/modules/$version/$file"
    done
    mkdir -p "$root/usr/lib/modules/$version"
    depmod -b "$root/usr" "$version"
    # For people, or double; kmod reads the binary tables.
    (cd "$root/usr/lib/modules/$version" && rm -f modules.dep modules.alias modules.symbols \
        modules.builtin modules.builtin.modinfo modules.order modules.symbols.bin)
}

if [ $addon = no ]; then
    for file in pantavisor pv-lxc-start; do
        [ -x "out/$file" ] || die "out/$file is missing; run hack/build.sh"
        place_program "out/$file" "/usr/bin/$file"
    done
    for tool in "${tools[@]}"; do
        [ -x "$tool" ] || die "$tool is missing; run hack/install-dependencies.sh --device"
        place_program "$tool" "$tool"
    done
    for name in bin sbin lib lib64; do
        mkdir -p "$root/usr/$name"
        ln -s "usr/$name" "$root/$name"
    done
    ln -s pantavisor "$root/usr/bin/pvcontrol"
    ln -s ../bin/kmod "$root/usr/sbin/modprobe"
    ln -s dash "$root/usr/bin/sh"
    ln -s usr/bin/pantavisor "$root/init"
    mkdir -p "$root"/{dev,etc,proc,root,run,storage,sys,tmp,var/lib}
    # A device without a clock of its own wakes in 1970: dates of the storage that lie ahead are no damage.
    printf '[options]\nbroken_system_clock = true\n' >"$root/etc/e2fsck.conf"
    # Programs of the device ask who owns a file.
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\ntty:x:5:\n' >"$root/etc/group"
    [ -z "$config" ] || place "$config" /etc/pantavisor.config
fi
[ -z "$modules" ] || place_modules "$modules" "$module_list"
for ((index = 0; index < ${#added[@]}; index += 2)); do
    place_program "${added[index]}" "${added[index + 1]}"
done

# Owner, times, order and numbers say nothing of the machine that built it.
find "$root" -exec touch -h -d @0 {} +
find "$root" ! -type l -exec chmod go-w,a+rX {} +
(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet) >"$work/cpio"
xz --check=crc32 --x86 --lzma2=preset=9,dict=32MiB -T1 -c "$work/cpio" >"$work/cpio.xz"
bytes=$(stat -c %s "$work/cpio.xz")
(cd "$root" && find . -type f -printf '%10s  /%P\n' | LC_ALL=C sort -k2)
printf '%10d  in all; %d packed with xz, at most %d\n' "$(stat -c %s "$work/cpio")" "$bytes" $max_xz_bytes
[ "$bytes" -le $max_xz_bytes ] || die "the initramfs is over its budget"

mkdir -p "${output%/*}"
case $output in
*.xz) mv "$work/cpio.xz" "$output" ;;
*) mv "$work/cpio" "$output" ;;
esac
