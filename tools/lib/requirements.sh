# shellcheck shell=bash
# What the mesh needs of the machine, and how it gets there: the one list of Debian packages.

readonly swift_needed=6.3
readonly swift_release=6.3.1

packages_to() {
  case $1 in
    # The C libraries that Sources/C… map, and what the Swift toolchain itself links with.
    build)
      echo libnghttp2-dev libssl-dev libpq-dev libprotobuf-c-dev
      echo binutils gcc git libc6-dev libstdc++-12-dev pkg-config zlib1g-dev
      ;;
    # The database, the supervisor, and what makes keys and drops privileges.
    run) echo postgresql-15 runit openssl curl ca-certificates util-linux ;;
    # What regenerates code, reads scripts, and calls us from outside.
    test) echo protobuf-compiler protobuf-c-compiler shellcheck python3-venv ;;
  esac
}

# Stops unless Swift is there and new enough. Asked first, so that nothing is done in vain.
require_swift() {
  local version
  command -v swift >/dev/null || die "Swift $swift_needed is missing" "${swift_advice[@]}"
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')
  [[ -n $version ]] || die "swift does not start; try: swift --version" "${swift_advice[@]}"
  if ! sort -CV <<<"$swift_needed"$'\n'"$version"; then
    die "Swift $version is too old; $swift_needed is needed" "${swift_advice[@]}"
  fi
}

# Installs the Debian packages that are missing to do all of the given: build, run, test.
require_packages_to() {
  local missing=() package
  for package in $(for task; do packages_to "$task"; done); do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null ||
    die "this machine has no apt-get" "the mesh is made for Debian 12; it needs: ${missing[*]}"
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "Debian packages are missing" "run as root: apt-get install ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  if ! as_root "$root/tools/lib/install" "${missing[@]}" >&2; then
    die "cannot install what is missing" \
      "see apt-get's message above; run as root: apt-get update && apt-get install ${missing[*]}"
  fi
}

is_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

swift_archive() {
  local suffix=debian12
  if [[ $(uname -m) == aarch64 ]]; then suffix=debian12-aarch64; fi
  local release=swift-$swift_release-RELEASE
  printf 'https://download.swift.org/%s/%s/%s/%s-%s.tar.gz' \
    "swift-$swift_release-release" "$suffix" "$release" "$release" "$suffix"
}

swift_advice=(
  "install swift.org's toolchain for Debian 12, as root:"
  "  mkdir -p /opt/swift"
  "  curl -fL $(swift_archive) | tar xz --strip-components=1 -C /opt/swift"
  "  export PATH=/opt/swift/usr/bin:\$PATH"
  "then call this script again; nothing was changed (see https://www.swift.org/install/linux/)"
)
