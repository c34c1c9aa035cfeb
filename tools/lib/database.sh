# shellcheck shell=bash
# The mesh's private PostgreSQL: its files, its roles, and what each role may do.
#
# Two roles for each service: tenantry_<service>_owner makes its schemas and migrates them;
# tenantry_<service>, with which it runs, may only read and change the rows in them.

readonly postgres_bin=/usr/lib/postgresql/15/bin
readonly administrator=tenantry_admin
readonly database=tenantry

# PostgreSQL refuses to run as root, so it runs as Debian's postgres user then.
postgres_user=()
if ((EUID == 0)); then
  postgres_user=(setpriv --reuid=postgres --regid=postgres --clear-groups --no-new-privs --)
fi

# Makes the cluster, whole or not at all.
#
# initdb reaches the folder through an open descriptor: that user may not be allowed to walk the
# path to it, for example where the clone lies in /root.
make_database() {
  [[ ! -d $home/postgres/data ]] || return 0
  say "making a private PostgreSQL"
  rm -rf "$home/postgres"
  mkdir -p "$database_socket" "$home/postgres/data.new"
  chmod 700 "$home/postgres" "$database_socket" "$home/postgres/data.new"
  if ((EUID == 0)); then chown -R postgres:postgres "$home/postgres"; fi
  (
    exec 8<"$home/postgres/data.new" 9>&-
    cd /
    "${postgres_user[@]}" "$postgres_bin/initdb" -D /proc/self/fd/8 --username="$administrator" \
      --auth=reject --encoding=UTF8 --locale=C.UTF-8 --data-checksums
  ) >"$home/log/initdb" 2>&1 || die "initdb failed" "its log: $home/log/initdb"
  # What initdb found the machine to allow stays; ours comes after it.
  echo "include = 'tenantry.conf'" >>"$home/postgres/data.new/postgresql.conf"
  mv "$home/postgres/data.new" "$home/postgres/data"
}

# Writes the server's settings; ends with 0 if they changed.
write_database_settings() {
  local data=$home/postgres/data unchanged=1
  write_database_file "$data/tenantry.conf" <<SETTINGS && unchanged=0
# Written by tools/up.
listen_addresses = ''
unix_socket_directories = '../run'
unix_socket_permissions = 0700
cluster_name = 'tenantry'
max_connections = 300
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '[%p] %u '
SETTINGS
  write_database_file "$data/pg_hba.conf" <<RULES && unchanged=0
# Written by tools/up.
local  all        $administrator  peer map=owner
local  $database  all             scram-sha-256
RULES
  write_database_file "$data/pg_ident.conf" <<USERS && unchanged=0
# Written by tools/up: who brought the mesh up is its administrator.
owner  "$(id -un)"  $administrator
USERS
  return "$unchanged"
}

write_database_file() {
  write_file 600 "$1" || return
  if ((EUID == 0)); then chown postgres:postgres "$1"; fi
}

# Makes the server and says how it runs; ends with 0 if something about it changed.
prepare_postgres() {
  local unchanged=1
  make_database
  write_database_settings && unchanged=0
  write_service postgres <<SCRIPT && unchanged=0
# The data is reached through a descriptor: the postgres user may not be allowed to walk there.
exec 8<$(quoted "$home/postgres/data")
cd /
$(become_alone postgres INT "${postgres_user[@]}" "$postgres_bin/postgres" -D /proc/self/fd/8)
SCRIPT
  # TERM would wait for all clients to leave; INT asks them to.
  mkdir -p "$home/services/postgres/control"
  write_file 755 "$home/services/postgres/control/t" <<'SCRIPT' || true
#!/bin/sh
exec kill -s INT "$(cat supervise/pid)"
SCRIPT
  return "$unchanged"
}

# Runs SQL from standard input as the administrator: as_administrator [DATABASE [psql's options]]
as_administrator() {
  "$postgres_bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$database_socket" -U "$administrator" \
    -d "${1:-$database}" "${@:2}"
}

database_answers() {
  as_administrator postgres -c 'SELECT 1'
}

# The roles of each service that keeps data.
make_roles() {
  local service
  if ! as_administrator "$database" -c '' 2>/dev/null; then
    say "making database $database"
    as_administrator postgres -c "CREATE DATABASE $database"
  fi
  as_administrator <<SQL
REVOKE ALL ON DATABASE $database FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
  for service in "${services[@]}"; do
    has_database "$service" || continue
    make_role "$(owner_role "$service")"
    make_role "$(service_role "$service")"
    grant_privileges "$service"
  done
}

service_role() { printf 'tenantry_%s' "${1//-/_}"; }
owner_role() { printf 'tenantry_%s_owner' "${1//-/_}"; }

# How a program connects as the role, in libpq's words.
connection_of() {
  local host=${database_socket//\\/\\\\}
  make_password "$1"
  printf "host='%s' dbname=%s user=%s password=%s\n" "${host//\'/\\\'}" "$database" "$1" \
    "$(<"$home/secrets/$1.password")"
}

# Makes a role that signs in with its password file. A role that already can is left alone, so the
# stored hash stays as it is.
make_role() {
  local role=$1 secret
  make_password "$role"
  secret=$(<"$home/secrets/$role.password")
  if PGPASSWORD=$secret "$postgres_bin/psql" -Xq -h "$database_socket" -U "$role" -d "$database" \
    -c '' 2>/dev/null; then
    return
  fi
  say "making role $role"
  TENANTRY_SECRET=$secret as_administrator <<SQL
SET log_min_error_statement = panic;
SELECT 'CREATE ROLE $role LOGIN' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = '$role') \\gexec
\\getenv secret TENANTRY_SECRET
ALTER ROLE $role PASSWORD :'secret';
GRANT CONNECT ON DATABASE $database TO $role;
SQL
}

# What the owner makes, the service may use: schemas and rows. A migration may take from that, as
# the ledger's does.
grant_privileges() {
  local role owner
  role=$(service_role "$1")
  owner=$(owner_role "$1")
  as_administrator <<SQL
GRANT CREATE ON DATABASE $database TO $owner;
ALTER DEFAULT PRIVILEGES FOR ROLE $owner GRANT USAGE ON SCHEMAS TO $role;
ALTER DEFAULT PRIVILEGES FOR ROLE $owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO $role;
ALTER DEFAULT PRIVILEGES FOR ROLE $owner GRANT USAGE, SELECT ON SEQUENCES TO $role;
SQL
}
