# Boots Pantavisor with U-Boot: the revision to try once, or the one to come back to (docs/bootloaders.md).
#
#   mkimage -A arm64 -T script -C none -d boot.cmd boot.scr      and boot.scr goes onto the boot partition (FAT)
#
# The board sets, in its environment or in oemEnv.txt beside boot.scr:
#   devtype devnum distro_bootpart           where boot.scr is; U-Boot's standard boot sets them
#   kernel_addr_r ramdisk_addr_r fdt_addr_r  as every board has them
#   pv_datapart  the partition with the storage                               default: 2
#   pv_fit_addr  where a FIT image is loaded to                               default: ramdisk_addr_r
#   pv_fit_conf  its configuration, as "#conf-board.dtb"                      default: the image's own
#   pv_args      of the kernel: console=..., root=..., rdinit=...             default: none
#   pv_store     "file": storage/boot/uboot.txt, and pv_trying in pv.env beside boot.scr; "env": U-Boot's own
#                environment, which must be one that saveenv saves            default: file
#   pv_env_file  where pv.env is; on ext4 it needs a path from the root       default: pv.env
#   pv_go        starts what was loaded; it sees pv_initrd, pv_kernel_size, pv_initrd_size and pv_fdt
#
# What it remembers is written before it tries, and a loader that cannot remember does not try.

pv_part="${devtype} ${devnum}:${distro_bootpart}"
if load ${pv_part} ${kernel_addr_r} oemEnv.txt; then env import -t ${kernel_addr_r} ${filesize}; fi
if test -z "${pv_datapart}"; then setenv pv_datapart 2; fi
if test -z "${pv_fit_addr}"; then setenv pv_fit_addr ${ramdisk_addr_r}; fi
if test -z "${pv_env_file}"; then setenv pv_env_file pv.env; fi
pv_data="${devtype} ${devnum}:${pv_datapart}"

if test "${pv_store}" = "env"; then
    pv_save="saveenv"
    if test -z "${pv_rev}"; then setenv pv_rev 0; fi
else
    pv_save="env export -t ${kernel_addr_r} pv_trying; save ${pv_part} ${kernel_addr_r} ${pv_env_file} \${filesize}"
    setenv pv_rev 0
    setenv pv_try
    setenv pv_trying
    if load ${pv_data} ${kernel_addr_r} /boot/uboot.txt; then env import -b ${kernel_addr_r} ${filesize}; fi
    if load ${pv_part} ${kernel_addr_r} ${pv_env_file}; then env import -t ${kernel_addr_r} ${filesize}; fi
fi
setenv pv_remember "${pv_save}"

pv_boot_rev="${pv_rev}"
if env exists pv_try; then
    if test "${pv_trying}" = "${pv_try}"; then
        echo "pantavisor: ${pv_try} was tried, coming back to ${pv_rev}"
        setenv pv_trying
        run pv_remember
    else
        setenv pv_trying "${pv_try}"
        if run pv_remember; then
            echo "pantavisor: trying ${pv_try}"
            pv_boot_rev="${pv_try}"
        else
            echo "pantavisor: cannot write down what is tried, so ${pv_try} is not"
        fi
    fi
elif env exists pv_trying; then
    # Left from a try that became good: it must not spoil a later one.
    setenv pv_trying
    run pv_remember
fi

if test -z "${pv_go}"; then
    setenv pv_go 'booti ${kernel_addr_r} ${pv_initrd} ${pv_fdt}; bootz ${kernel_addr_r} ${pv_initrd} ${pv_fdt}; bootm ${kernel_addr_r} ${pv_initrd} ${pv_fdt}; zboot ${kernel_addr_r} ${pv_kernel_size} ${ramdisk_addr_r} ${pv_initrd_size}'
fi

# The second turn is for a try without a kernel, or whose kernel does not start.
for pv_r in ${pv_boot_rev} ${pv_rev}; do
    pv_dir="/trails/${pv_r}/.pv"
    echo "pantavisor: loading ${pv_r}"
    setenv bootargs "${pv_args} pv_try=${pv_try} pv_rev=${pv_r}"
    if load ${pv_data} ${pv_fit_addr} ${pv_dir}/pantavisor.fit; then
        bootm ${pv_fit_addr}${pv_fit_conf}
    elif load ${pv_data} ${kernel_addr_r} ${pv_dir}/pv-kernel.img; then
        setenv pv_kernel_size ${filesize}
        if load ${pv_data} ${ramdisk_addr_r} ${pv_dir}/pv-initrd.img; then
            setenv pv_initrd_size ${filesize}
            pv_addons=yes
            for pv_n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
                if test "${pv_addons}" = "yes" && size ${pv_data} ${pv_dir}/pv-initrd.img.${pv_n}; then
                    if setexpr pv_end ${ramdisk_addr_r} + ${pv_initrd_size}; then
                        load ${pv_data} ${pv_end} ${pv_dir}/pv-initrd.img.${pv_n}
                        setexpr pv_initrd_size ${pv_initrd_size} + ${filesize}
                    else
                        echo "pantavisor: no addons without setexpr"
                        pv_addons=no
                    fi
                else
                    pv_addons=no
                fi
            done
            setenv pv_initrd ${ramdisk_addr_r}:${pv_initrd_size}
            setenv pv_fdt ${fdtcontroladdr}
            if test -n "${fdt_addr_r}" && load ${pv_data} ${fdt_addr_r} ${pv_dir}/pv-fdt.dtb; then
                setenv pv_fdt ${fdt_addr_r}
            fi
            run pv_go
        fi
    fi
done
echo "pantavisor: neither ${pv_boot_rev} nor ${pv_rev} starts"
reset
