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

# Whether every process serves, as `tenantry status` finds it.
mesh_is_healthy() { TENANTRY_HOME=$home "$home/bin/tenantry" status; }

has_database() { [[ -d $root/services/$1/Migrations ]]; }

# Installs a service with its settings; ends with 0 if something about it changed.
prepare_service() {
  local service=$1 programs=$2 unchanged=1
  install_program "$programs/$service" && unchanged=0
  settings_of "$service" | write_file 600 "$home/config/$service.conf" && unchanged=0
  become_alone "$service" TERM "$home/bin/$service" serve --config "$home/config/$service.conf" |
    write_service "$service" && unchanged=0
  return "$unchanged"
}

# What a service must be told because it is this mesh; all else is its own default.
settings_of() {
  local service=$1 peer
  echo "# Written by tools/up. For other settings see: $service config"
  if [[ $service == edge ]]; then
    echo "operator-port = $admin_port"
    echo "tenant-port = $tenant_port"
    echo "certificate = $home/tls/edge.pem"
    echo "private-key = $home/secrets/edge.key"
    echo "caller-private-key = $home/secrets/caller.key"
  else
    echo "listen = unix:$sockets/$service.sock"
    echo "caller-public-key = $home/tls/caller.pub"
  fi
  if has_database "$service"; then
    echo "database-host = $database_socket"
    echo "database-name = $database"
    echo "database-user = $(service_role "$service")"
    echo "database-password-file = $home/secrets/$(service_role "$service").password"
  fi
  for peer in "${services[@]}"; do
    [[ $peer == "$service" || $peer == edge ]] || echo "$peer = unix:$sockets/$peer.sock"
  done
}

# Brings the service's tables up to date, as the role that owns them.
migrate_service() {
  local owner
  owner=$(owner_role "$1")
  "${clean_environment[@]}" "TENANTRY_DATABASE_USER=$owner" \
    "TENANTRY_DATABASE_PASSWORD_FILE=$home/secrets/$owner.password" \
    "$home/bin/$1" migrate --config "$home/config/$1.conf" >"$home/log/$1.migrate" 2>&1 ||
    die "the migration of $1 failed" "its log: $home/log/$1.migrate"
}
