# shellcheck shell=bash
# Where a local mesh keeps its things. All of it lies under TENANTRY_HOME.
#
#   bin/       the programs it runs, copied from the build
#   config/    <service>.conf, and what you add to it: <service>.own.conf
#   secrets/   passwords and private keys, 0600
#   tls/       the mesh's CA and the edge's certificate; the public key of caller contexts
#   postgres/  data and run (the socket)          run/       the services' sockets
#   services/  what runit runs         log/       <service>/current

home=$(realpath -m "${TENANTRY_HOME:-$root/.tenantry}")
readonly home
readonly sockets=$home/run
readonly database_socket=$home/postgres/run

# The services of this clone: each folder with a Main.swift.
service_names() {
  local main
  for main in "$root"/services/*/Main.swift; do
    [[ ! -f $main ]] || basename "$(dirname "$main")"
  done
}

# Unix sockets have paths of at most 107 bytes, and a longer one fails late and unclearly.
require_short_home() {
  local longest=$database_socket/.s.PGSQL.5432.lock
  ((${#longest} <= 107)) ||
    die "TENANTRY_HOME is $((${#longest} - 107)) bytes too long for a unix socket: $home" \
      "set TENANTRY_HOME to a shorter path"
}

# Holds the mesh alone until the script ends; descriptor 9 is closed for what outlives it.
lock_mesh() {
  exec 9>"$home/lock"
  flock -n 9 || die "another tools/up or tools/down is at work on $home"
}

# Puts standard input into a file unless it says so already; ends with 0 if the file changed.
# Written beside and renamed, so that nobody ever reads half of it.
write_file() {
  local mode=$1 path=$2 new=$2.new
  (umask 077 && cat >"$new")
  if cmp -s "$new" "$path"; then
    rm "$new"
    return 1
  fi
  chmod "$mode" "$new"
  mv "$new" "$path"
}

# Waits until a command succeeds: wait_for SECONDS WHAT LOG COMMAND…
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2 log=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) ||
      die "$what does not come" "its log: $log" "$(tail -n 3 "$log" 2>/dev/null || true)"
    sleep 0.1
  done
}
