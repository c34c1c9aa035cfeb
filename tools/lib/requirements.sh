# shellcheck shell=bash
# What the mesh needs of the machine, and how it gets there: the one list of Debian packages.

readonly swift_needed=6.3
readonly swift_release=6.3.1

# Sees to it that the machine can do all of the given: build, run, test, bench, chaos.
#
# Swift is looked at first, since nothing here can bring it: so a machine without it stays as it is.
require_to() {
  command -v swift >/dev/null || die "Swift $swift_needed is missing" "${swift_advice[@]}"
  refuse_old_swift "$(swift_version)"
  install_missing "$@"
  local version
  version=$(swift_version)
  [[ -n $version ]] || die "swift does not start" "$(swift --version 2>&1)" "${swift_advice[@]}"
  refuse_old_swift "$version"
}

# Empty where swift does not start, as before the libraries are there that it links with.
swift_version() {
  { swift --version 2>/dev/null || true; } | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p'
}

refuse_old_swift() {
  if [[ -n $1 ]] && ! sort -CV <<<"$swift_needed"$'\n'"$1"; then
    die "Swift $1 is too old; $swift_needed is needed" "${swift_advice[@]}"
  fi
}

packages_to() {
  case $1 in
    # The C libraries that Sources/C… map, and what the Swift toolchain itself links with.
    build)
      echo libnghttp2-dev libssl-dev libpq-dev libprotobuf-c-dev
      echo binutils gcc git libc6-dev libcurl4 libncurses6 libsqlite3-0 libstdc++-12-dev
      echo libxml2 pkg-config tzdata zlib1g-dev
      ;;
    # The database, the supervisor, and what makes keys and drops privileges.
    run) echo postgresql-15 runit openssl ca-certificates util-linux ;;
    # What regenerates code, reads scripts, and calls us from outside.
    test)
      echo protobuf-compiler protobuf-c-compiler libprotobuf-dev libprotoc-dev
      echo shellcheck python3-venv curl dpkg-dev
      ;;
    # What the foreign side of tools/conformance is built from.
    peers)
      echo g++ dpkg-dev libgrpc++-dev libgrpc-dev libabsl-dev libprotobuf-dev libssl-dev
      echo protobuf-compiler protobuf-compiler-grpc
      ;;
    # What we are measured against, and what loads us.
    bench)
      echo g++ libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
      echo nghttp2-client nghttp2-proxy nghttp2-server openssl python3 util-linux
      ;;
    # A network of its own, and packets that get lost in it.
    chaos) echo iproute2 iptables util-linux ;;
  esac
}

# Installs the Debian packages that are missing; quiet and quick where none is.
install_missing() {
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
  as_root "$root/tools/lib/install" "${missing[@]}" >&2 ||
    die "cannot install what is missing" \
      "see apt-get's message above; run as root: apt-get update && apt-get install ${missing[*]}"
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
  "  apt-get install --yes curl ca-certificates && mkdir -p /opt/swift"
  "  curl -fL $(swift_archive) | tar xz --strip-components=1 -C /opt/swift"
  "  export PATH=/opt/swift/usr/bin:\$PATH"
  "then call this script again; nothing was changed (see https://www.swift.org/install/linux/)"
)
