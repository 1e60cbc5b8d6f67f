#!/usr/bin/env bash
# Installs the Debian packages that are missing to build and run this project.
# usage: hack/install-dependencies.sh [--lint] [--device]
#   --lint    also those of hack/lint.sh
#   --device  also those that make an initramfs and boot it in an emulator

. "$(dirname "$0")/lib.sh"

packages=(
    gcc libc6-dev pkg-config            # C shims, the tool in the demo images
    binutils python3                    # hack/link
    libjansson-dev libssl-dev lxc-dev   # libraries the runtime links or loads
    lxc                                 # what liblxc runs containers with
    busybox-static squashfs-tools jq    # demo images and their revision
    curl                                # commands in the documentation
    python3-venv openssl                # Kubernetes clients, certificates of tests
    e2fsprogs dosfstools mtools         # filesystems as a boot loader reads them
    grub-common                         # and its variables, as other programs do
    libubootenv-tool u-boot-tools
)
for argument; do
    case $argument in
    --lint) packages+=(shellcheck) ;;
    --device)
        packages+=(
            qemu-system-x86                     # the emulator
            cpio kmod e2fsprogs xz-utils lz4    # initramfs, storage images, kernels
            fdisk mtools                        # disks with partitions
            u-boot-qemu grub-pc-bin             # boot loaders from the disk
            grub-efi-amd64-bin systemd-boot-efi ovmf
            python3                             # the stories
        )
        ;;
    *) usage && exit 2 ;;
    esac
done

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) || status=
    [ "$status" = "install ok installed" ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || die "no apt-get here; install what is called ${missing[*]} on Debian"
    say "installing ${missing[*]}"
    as_root apt-get update -q >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v swift >/dev/null; then
    die "there is no swift in PATH. Debian has no package of it: install Swift 6.2 or later from
    https://www.swift.org/install/linux and put its usr/bin in PATH"
fi
