# shellcheck shell=bash
# The mesh's own services: their programs, their settings, and how each is started.

# Copies a program into the mesh, so that a later build does not change what runs; ends with 0 if
# it changed.
install_program() {
  local from=$1 to=$home/bin/${1##*/}
  if cmp -s "$from" "$to"; then return 1; fi
  cp "$from" "$to.new"
  chmod 755 "$to.new"
  mv "$to.new" "$to"
}

# Leaves bin/tenantry in the clone: the CLI of the mesh in TENANTRY_HOME, of the clone's own mesh,
# or of the one that was brought up last, whichever comes first.
install_cli() {
  install_program "$1/tenantry" || true
  mkdir -p "$root/bin"
  write_file 755 "$root/bin/tenantry" <<WRAPPER || true
#!/bin/sh
# Written by tools/up.
if [ -z "\${TENANTRY_HOME:-}" ]; then
  TENANTRY_HOME=$(quoted "$root/.tenantry")
  [ -d "\$TENANTRY_HOME" ] || TENANTRY_HOME=$(quoted "$home")
fi
export TENANTRY_HOME
exec "\$TENANTRY_HOME/bin/tenantry" "\$@"
WRAPPER
}

# Whether the mesh serves, as `tenantry doctor` finds it. Nobody need be signed in yet, and an old
# session of somebody's says nothing about the mesh: the profile is one that nobody signs in with.
mesh_is_healthy() { "${clean_environment[@]}" "$home/bin/tenantry" doctor --profile tools-up; }

has_database() { [[ -d $root/services/$1/Migrations ]]; }

# Installs a service with its settings; ends with 0 if something about it changed.
prepare_service() {
  local service=$1 programs=$2 unchanged=1
  install_program "$programs/$service" && unchanged=0
  write_settings "$service" && unchanged=0
  become_alone "$service" TERM "$home/bin/$service" serve --config "$home/config/$service.conf" |
    write_service "$service" && unchanged=0
  return "$unchanged"
}

# Writes what a service must be told because it is this mesh; all else is its own default. Of the
# mesh's settings each service takes those that it knows. What somebody wrote into
# config/<service>.own.conf comes last and wins.
write_settings() {
  local program=$home/bin/$1 known
  known=$("${clean_environment[@]}" "$program" config | sed -n 's/^\([a-z0-9-]*\) = .*/\1/p')
  {
    echo "# Written by tools/up. All settings with their meaning: $program --help"
    settings_of "$1" | grep -E "^(${known//$'\n'/|}) = "
    if [[ -f $home/config/$1.own.conf ]]; then cat "$home/config/$1.own.conf"; fi
  } | write_file 600 "$home/config/$1.conf"
}

settings_of() {
  local peer
  echo "listen = unix:$sockets/$1.sock"
  if [[ $1 == edge ]]; then
    echo "operator-listen = $(on_loopback "$admin_port")"
    echo "tenant-listen = $(on_loopback "$tenant_port")"
    echo "public-certificate = $home/tls/edge.pem"
    echo "public-key = $home/secrets/edge.key"
    echo "caller-signing-key = $home/secrets/caller.key"
  fi
  echo "caller-keys = $home/tls/caller.pub"
  if has_database "$1"; then echo "database-url = $(connection_of "$(service_role "$1")")"; fi
  for peer in "${services[@]}"; do echo "$peer-address = unix:$sockets/$peer.sock"; done
}

# The port on this machine alone, by IPv4 and, where the machine has it, IPv6.
on_loopback() {
  printf '127.0.0.1:%s' "$1"
  if grep -qs ' lo$' /proc/net/if_inet6; then printf ',[::1]:%s' "$1"; fi
}

# Brings the service's tables up to date, as the role that owns them.
migrate_service() {
  local log=$home/log/$1.migrate settings=$home/config/$1.migrate.conf
  echo "database-owner-url = $(connection_of "$(owner_role "$1")")" |
    write_file 600 "$settings" || true
  "${clean_environment[@]}" "$home/bin/$1" migrate --config "$settings" >"$log" 2>&1 ||
    die "the migration of $1 failed" "its log: $log" "$(tail -n 3 "$log")"
}
