#!/usr/bin/env bash
# Renews what is generated in the documentation: the graph of controllers in docs/architecture.md, and
# docs/api-reference.md and the keys in docs/configuration.md (whose tests compare them).
# usage: hack/update-docs.sh [--check]
#   --check  change nothing, fail when something is not current

. "$(dirname "$0")/lib.sh"
check=no
case ${1-} in
"") ;;
--check) check=yes ;;
*) usage && exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{ echo '```mermaid' && out/pantavisor graph --controllers && echo '```'; } >"$work/graph"
awk -v graph="$work/graph" '
    /^<!-- graph -->$/ { print; while ((getline line < graph) > 0) print line; skip = 1; next }
    /^<!-- \/graph -->$/ { skip = 0 }
    !skip
' docs/architecture.md >"$work/architecture.md"
if [ $check = yes ]; then
    diff docs/architecture.md "$work/architecture.md" || die "docs/architecture.md is old; run hack/update-docs.sh"
else
    cmp -s docs/architecture.md "$work/architecture.md" || cp "$work/architecture.md" docs/architecture.md
    PANTAVISOR_UPDATE_DOCS=1 swift test --filter ModelTests >&2
fi
