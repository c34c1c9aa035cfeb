# shellcheck shell=bash
# What every script of ours begins with: where the clone is, and how we speak.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
readonly root

# A command that fails where nobody expected it would end the script without a word.
set -E
trap 'printf "%s: failed at %s:%s: %s\n" "${0##*/}" "${BASH_SOURCE[0]}" "$LINENO" \
  "$BASH_COMMAND" >&2' ERR

# One short line on what is being done.
say() { printf '%s\n' "$*"; }

# The reason to stop, on standard error, and what to do about it on further lines.
die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  if (($# > 0)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}

# Prints the comment at the top of the running script when asked for help, and refuses what it
# does not know.
no_arguments() {
  (($# == 0)) && return
  case $1 in
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) die "unknown argument: $1" "try: $0 --help" ;;
  esac
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}
