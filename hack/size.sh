#!/usr/bin/env bash
# Prints what takes the space in the device executable: bytes of each module and of each library, the largest first.
# usage: hack/size.sh [FUNCTIONS]
#   FUNCTIONS   so many of the largest functions as well
# Needs what hack/build.sh leaves; hack/link/ld --why tells why something is in it.

. "$(dirname "$0")/lib.sh"
map=.build/release/pantavisor.map
[ -f $map ] || die "there is no $map; run hack/build.sh"

# sections: the bytes and the place of everything in the map that is loaded from the file.
sections() {
    awk '/^ *[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +[0-9]+ (\.|swift5_)/ { counts = $5 !~ /^\.(bss|tbss|debug|symtab|strtab|comment)/ }
        counts && /^ *[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +[0-9]+         [^ ].*:\(/ { print $3, $5 }' $map |
        while read -r size place; do printf '%d %s\n' "0x$size" "$place"; done
}
sections | sed -E 's#^([0-9]+) .*/([^/]+)\.build/.*#\1 \2#; s#^([0-9]+) .*/(lib[^/(]+)\.a\(.*#\1 \2#; s#^([0-9]+) .*[/:].*#\1 other#' |
    awk '{ bytes[$2] += $1; all += $1 } END { print all, "in all"; for (name in bytes) print bytes[name], name }' |
    sort -rn | awk '{ printf "%9d  ", $1; $1 = ""; print substr($0, 2) }'
if [ $# = 1 ]; then
    echo
    nm --size-sort --reverse-sort --print-size .build/release/pantavisor |
        awk -v most="$1" '/ [tT] / && found++ < most { print $2, $4 }' |
        while read -r size name; do printf '%9d  %s\n' "0x$size" "$name"; done | swift demangle --compact --simplified
fi
