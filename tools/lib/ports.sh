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

is_our_edge() {
  local pid
  pid=$(service_pid edge)
  [[ -n $pid ]] && holds_socket "$pid" "$1"
}
