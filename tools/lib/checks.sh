# shellcheck shell=bash
# The checks that need no build, shared by check and test.

check_format() {
  say "format: swift format lint"
  local trees=(Package.swift)
  local tree
  for tree in Sources services tools Tests; do
    [[ ! -d $tree ]] || trees+=("$tree")
  done
  swift format lint --strict --parallel -r "${trees[@]}"
}

check_scripts() {
  say "scripts: shellcheck"
  local scripts
  # What they source is checked with them (-a).
  mapfile -t scripts < <(git ls-files -co --exclude-standard tools Tests .ci |
    xargs -d '\n' awk 'FNR == 1 && /^#!.*sh$/ { print FILENAME } { nextfile }')
  shellcheck -a "${scripts[@]}"
}

check_generated() {
  say "generated code: tools/generate --check"
  tools/generate --check
}
