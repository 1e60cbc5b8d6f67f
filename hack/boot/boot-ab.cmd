# Boots Pantavisor with U-Boot from two flash partitions, each with a header of 4096 bytes, "fit_rev=REVISION" and
# zeros, and a FIT image (uboot-ab in docs/bootloaders.md).
#
#   mkimage -A arm -T script -C none -d boot-ab.cmd boot.scr     or as a variable of U-Boot's environment
#
# pv_rev, pv_try and pv_trying are in U-Boot's own environment, which must be one that saveenv saves, in two copies.
# The board sets:
#   loadaddr       where the header and the image are loaded to
#   pv_args        of the kernel
#   pv_fit_conf    the image's configuration, as "#conf-board.dtb"             default: the image's own
#   pv_fit_a pv_fit_b  the names of the partitions                             default: fitA, fitB
#   pv_read_header pv_read_image  load from the partition ${pv_p} to loadaddr  default: mtd read
#   pv_go          starts the image at loadaddr                                default: bootm

if test -z "${pv_rev}"; then setenv pv_rev 0; fi
if test -z "${pv_fit_a}"; then setenv pv_fit_a fitA; fi
if test -z "${pv_fit_b}"; then setenv pv_fit_b fitB; fi
if test -z "${pv_read_header}"; then setenv pv_read_header 'mtd read ${pv_p} ${loadaddr} 0 0x1000'; fi
if test -z "${pv_read_image}"; then setenv pv_read_image 'mtd read ${pv_p} ${loadaddr} 0x1000'; fi
if test -z "${pv_go}"; then setenv pv_go 'bootm ${loadaddr}${pv_fit_conf}'; fi

pv_boot_rev="${pv_rev}"
if env exists pv_try; then
    if test "${pv_trying}" = "${pv_try}"; then
        echo "pantavisor: ${pv_try} was tried, coming back to ${pv_rev}"
        setenv pv_trying
        saveenv
    else
        setenv pv_trying "${pv_try}"
        if saveenv; then
            echo "pantavisor: trying ${pv_try}"
            pv_boot_rev="${pv_try}"
        else
            echo "pantavisor: cannot write down what is tried, so ${pv_try} is not"
        fi
    fi
elif env exists pv_trying; then
    # Left from a try that became good: it must not spoil a later one.
    setenv pv_trying
    saveenv
fi

# The second turn is for a try that no partition holds, or whose image does not start.
for pv_r in ${pv_boot_rev} ${pv_rev}; do
    setenv bootargs "${pv_args} pv_try=${pv_try} pv_rev=${pv_r}"
    for pv_name in ${pv_fit_a} ${pv_fit_b}; do
        setenv pv_p ${pv_name}
        setenv fit_rev
        # The header is a list of one variable; erased flash is none.
        if run pv_read_header; then env import -b ${loadaddr} 0x1000; fi
        if test "${fit_rev}" = "${pv_r}"; then
            echo "pantavisor: loading ${pv_r} from ${pv_p}"
            if run pv_read_image; then run pv_go; fi
        fi
    done
done
echo "pantavisor: neither ${pv_boot_rev} nor ${pv_rev} starts"
reset
