# shellcheck shell=bash
# The mesh under runit: one folder per process in $home/services, each with its log.

# Environment for what the mesh runs: the caller's shell must not decide how a service behaves.
readonly clean_environment=(
  env -i "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8
  "HOME=$HOME" "TENANTRY_HOME=$home"
)

# Writes the folder of a process; its run script, after the part they share, comes from standard
# input. Ends with 0 if the script changed.
#
# The folder appears whole, since the supervisor looks for new ones all the time.
write_service() {
  local name=$1 folder=$home/services/$1
  local building=$home/services/.$1
  if [[ ! -d $folder ]]; then
    rm -rf "$building"
    mkdir -p "$building/log" "$home/log/$name"
    folder=$building
  fi
  write_file 755 "$folder/log/run" <<SCRIPT || true
#!/bin/sh
exec svlogd -tt $(quoted "$home/log/$name")
SCRIPT
  # Ten files of a megabyte each.
  printf 's1000000\nn10\n' | write_file 644 "$home/log/$name/config" || true
  # Services are started in their order, so none starts by itself when its folder appears.
  if [[ $folder == "$building" ]]; then touch "$folder/down"; fi
  local unchanged=1
  { printf '#!/bin/sh\nexec 2>&1\n' && cat; } | write_file 755 "$folder/run" && unchanged=0
  if [[ $folder == "$building" ]]; then mv "$building" "$home/services/$name"; fi
  return "$unchanged"
}

quoted() { printf '%q' "$1"; }

# The lines of a run script that become the command alone: become_alone NAME SIGNAL COMMAND…
become_alone() {
  printf 'exec %q %q %q' "$home/bin/alone" "$sockets/$1.pid" "$2"
  printf ' %q' "${@:3}"
  printf '\n'
}

# The supervisor's stand-by: takes over when the supervisor was killed.
write_standby_service() {
  write_service standby <<SCRIPT
exec flock --close $(quoted "$sockets/supervisor.lock") \\
  setsid -f $(quoted "$home/bin/supervise") $(quoted "$home")
SCRIPT
}

# Prepares a process by a command that ends with 0 if something changed: prepare NAME COMMAND…
declare -A has_changed
prepare() {
  if "${@:2}"; then has_changed[$1]=yes; else has_changed[$1]=no; fi
}

# Whether runsvdir runs: it holds the lock.
supervisor_is_alive() {
  ! flock -n "$sockets/supervisor.lock" true
}

start_supervisor() {
  rm -f "$sockets/down"
  if supervisor_is_alive; then return; fi
  say "starting the supervisor"
  # The processes are started one by one, each when what it needs is ready.
  local folder
  for folder in "$home"/services/*/; do touch "$folder/down"; done
  "${clean_environment[@]}" setsid -f "$home/bin/supervise" "$home" 9>&-
  wait_for 30 "the supervisor" "$home/log/supervisor" supervisor_is_alive
}

# Starts a process, or starts it anew where its program or settings changed.
start() {
  local name=$1
  # runsvdir looks for new folders every five seconds.
  wait_for 20 "the supervisor of $name" "$home/log/supervisor" is_supervised "$name"
  rm -f "$home/services/$name/down"
  if [[ -z $(service_pid "$name") ]]; then
    say "starting $name"
    sv up "$home/services/$name" >/dev/null
  elif [[ ${has_changed[$name]} == yes ]]; then
    say "starting $name anew"
    sv -w 30 force-restart "$home/services/$name" >/dev/null || true
  fi
}

is_supervised() {
  sv status "$home/services/$1" | grep -qE '^(run|finish|down):'
}

# The process of a service that is up; empty for one that is down.
service_pid() {
  sv status "$home/services/$1" 2>/dev/null | sed -n 's/^run: [^;]*: (pid \([0-9]*\)) .*/\1/p'
}
