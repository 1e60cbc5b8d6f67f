#!/usr/bin/env bash
# Checks the form of Swift code and of shell scripts.
# usage: hack/lint.sh

. "$(dirname "$0")/lib.sh"
[ $# = 0 ] || { usage && exit 2; }

hack/install-dependencies.sh --lint
check "swift format" swift format lint --strict --parallel -r Package.swift Sources Tests
mapfile -t scripts < <(git ls-files '*.sh' .ci/run 'manifests/**/sbin/start')
check "shellcheck" shellcheck -x "${scripts[@]}"
summary
