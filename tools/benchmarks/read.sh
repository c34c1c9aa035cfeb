# shellcheck shell=bash
# tools/bench read: one tenant's row, through edge, service and PostgreSQL, beside pgbench reading
# the same row straight from the same PostgreSQL.
#
# A member's read leaves no ledger entry; an operator's does, in the same transaction, so it pays
# for a commit. Nothing is pinned: edge, service, PostgreSQL and load share the machine, on both
# sides of the comparison.

readonly read_cases=(8x4 16x8)

bench_read() {
  bench=$root/.build/bench
  mkdir -p "$bench"
  figures=$bench/read.figures
  : >"$figures"
  TENANTRY_HOME=$(mktemp -d /tmp/tenantry-read.XXXXXX)
  export TENANTRY_HOME TENANTRY_ADMIN_PORT=0 TENANTRY_TENANT_PORT=0
  chmod 755 "$TENANTRY_HOME"
  trap end_read_mesh EXIT
  # One caller makes all the load: the limits of a caller are not what is measured.
  mkdir -p "$TENANTRY_HOME/config"
  printf 'caller-rate = 0\ntenant-rate = 0\n' >"$TENANTRY_HOME/config/edge.own.conf"
  say "bringing a mesh up"
  "$root/tools/up" >"$bench/up.log" || die "the mesh does not come up" "see $bench/up.log"
  make_tenant
  local round case
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    for case in "${read_cases[@]}"; do
      measure_read member "$case" "$tenant_port" "$member_token"
      measure_read operator "$case" "$admin_port" "$operator_token"
      measure_pgbench "$case"
    done
  done
  echo
  machine_line
  echo "one tenant by its id; requests per second; connections x streams, pgbench with as many" \
    "connections as there are streams, 32 at the most"
  echo
  print_read_table
}

end_read_mesh() {
  "$root/tools/down" >/dev/null || true
  rm -rf "$TENANTRY_HOME"
}

make_tenant() {
  local cli=$root/bin/tenantry app
  read -r admin_port tenant_port <"$TENANTRY_HOME/ports"
  "$cli" setup --email bench@example.com --name Bench --password-stdin \
    <<<'a password for measuring' >/dev/null 2>&1
  app=$(value_of appId < <("$cli" apps create --name Bench -o json))
  tenant=$(value_of tenantId < <("$cli" tenants create --app "$app" --display-name Bench \
    --region eu-west-1 -o json))
  "$cli" tenants activate "$tenant" >/dev/null
  "$cli" members create --tenant "$tenant" --email member@example.com --name Member \
    --password-stdin <<<'a password for measuring' >/dev/null
  operator_token=$("$cli" auth token)
  member_token=$(value_of token < <(curl --silent --http2 --cacert "$TENANTRY_HOME/tls/ca.pem" \
    -H 'content-type: application/json' -d "{\"email\": \"member@example.com\", \"password\":
      \"a password for measuring\", \"tenantId\": \"$tenant\"}" \
    "https://localhost:$tenant_port/tenantry.identity.v1.IdentityService/SignIn"))
  # The request's frame: flag, length 38, field 1 with 36 bytes.
  printf '\x00\x00\x00\x00\x26\x0a\x24%s' "$tenant" >"$bench/get-tenant"
  cat >"$bench/get-tenant.sql" <<SQL
SELECT tenant_id, display_name, state, tier, region, app_id, reseller_id, brand_domain, sandbox,
  created_at, updated_at, suspend_reason, deadline_at, epoch FROM tenant.tenant
WHERE tenant_id = '$tenant';
SQL
}

# The first string under a name in JSON.
value_of() { sed -n "s/.*\"$1\": *\"\\([^\"]*\\)\".*/\\1/p" | head -n 1; }

# Adds a line "CASE NAME REQUESTS" to the figures.
measure_read() {
  local name=$1 case=$2 port=$3 token=$4 report=$bench/h2load.log
  h2load -t1 -c "${case%x*}" -m "${case#*x}" -D "$seconds" -d "$bench/get-tenant" \
    -H 'content-type: application/grpc' -H 'te: trailers' -H "authorization: Bearer $token" \
    "https://localhost:$port/tenantry.tenants.v1.TenantService/GetTenant" >"$report"
  # A refusal is fast, and carries no tenant.
  awk -v case="$case" -v name="$name" '
    /^finished in/ { wall = $4 + 0 }
    /^requests:/ { done = $8; bad = $10 + $12 + $14 }
    /^traffic:/ { sub(/.*\(/, "", $(NF - 1)); data = $(NF - 1) + 0 }
    END { if (!done || bad || data < done * 100) exit 1; printf "%s %s %d\n", case, name, wall }
  ' "$report" >>"$figures" || die "the mesh does not answer $name as it should" "see $report"
}

measure_pgbench() {
  local case=$1 connections report=$bench/pgbench.log
  connections=$((${case%x*} * ${case#*x}))
  if ((connections > 32)); then connections=32; fi
  pgbench -n -M prepared -f "$bench/get-tenant.sql" -c "$connections" -j 1 -T "$seconds" \
    -h "$TENANTRY_HOME/postgres/run" -U tenantry_admin tenantry >"$report" 2>&1 ||
    die "pgbench fails" "see $report"
  awk -v case="$case" '/^tps/ { printf "%s pgbench %d\n", case, $3 }' "$report" >>"$figures"
}

print_read_table() {
  local case member operator pgbench
  printf '%-8s %10s %10s %10s   %14s %16s\n' case member operator pgbench member/pgbench \
    operator/pgbench
  for case in "${read_cases[@]}"; do
    member=$(median_of "$case" member 3)
    operator=$(median_of "$case" operator 3)
    pgbench=$(median_of "$case" pgbench 3)
    printf '%-8s %10s %10s %10s   %14s %16s\n' "$case" "$member" "$operator" "$pgbench" \
      "$(ratio "$member" "$pgbench")" "$(ratio "$operator" "$pgbench")"
  done
}
