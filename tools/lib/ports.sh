# shellcheck shell=bash
# The two ports of a mesh: chosen once, kept in $home/ports, checked before anything starts.

# Sets admin_port and tenant_port: as the environment says, else as before, else the defaults.
# A port of 0 asks for a free one, and keeps the one it got.
choose_ports() {
  admin_port=3001 tenant_port=3200
  if [[ -f $home/ports ]]; then read -r admin_port tenant_port <"$home/ports"; fi
  choose_port admin_port TENANTRY_ADMIN_PORT
  choose_port tenant_port TENANTRY_TENANT_PORT
  readonly admin_port tenant_port
  [[ $admin_port != "$tenant_port" ]] || die "both planes on port $admin_port: they need two ports"
}

choose_port() {
  local -n port=$1
  local variable=$2 wanted=${!2:-}
  if [[ -z $wanted ]]; then return; fi
  if [[ ! $wanted =~ ^(0|[1-9][0-9]{0,4})$ ]] || ((wanted > 65535)); then
    die "$variable is \"$wanted\"; it must be a port number, or 0 for any free one"
  fi
  if ((wanted > 0)); then
    port=$wanted
  elif [[ ! -f $home/ports ]]; then
    port=$(free_port)
  fi
}

free_port() {
  local port
  while port=$((RANDOM % 20000 + 20000)); do
    if [[ -z $(listener_on "$port") ]]; then
      echo "$port"
      return
    fi
  done
}

# Stops if somebody else listens on one of the ports.
require_ports() {
  local plane port listener
  for plane in ADMIN TENANT; do
    port=$admin_port
    if [[ $plane == TENANT ]]; then port=$tenant_port; fi
    listener=$(listener_on "$port")
    if [[ -n $listener ]] && ! is_our_edge "$listener"; then
      die "port $port is taken by $(describe_socket "$listener")" \
        "choose another: TENANTRY_${plane}_PORT=<port> tools/up (0: any free one)"
    fi
  done
}

# The inode of a TCP socket that listens on the port, on any address; empty if there is none.
listener_on() {
  local hex
  hex=$(printf '%04X' "$1")
  awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

is_our_edge() {
  local pid
  pid=$(service_pid edge)
  [[ -n $pid ]] && holds_socket "$pid" "$1"
}

holds_socket() {
  local link
  for link in "/proc/$1/fd/"*; do
    if [[ $(readlink "$link" 2>/dev/null) == "socket:[$2]" ]]; then return 0; fi
  done
  return 1
}

describe_socket() {
  local folder
  for folder in /proc/[0-9]*; do
    if holds_socket "${folder#/proc/}" "$1"; then
      printf '%s (process %s)' "$(<"$folder/comm")" "${folder#/proc/}"
      return
    fi
  done
  printf "another user's process"
}
