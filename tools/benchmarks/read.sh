# shellcheck shell=bash
# tools/bench read: one tenant's row, through edge, service and PostgreSQL, beside pgbench reading
# the same row straight from the same PostgreSQL.
#
# A member's read leaves no ledger entry; an operator's does, in the same transaction, so it pays
# for a commit. Nothing is pinned: edge, service, PostgreSQL and load share the machine, on both
# sides of the comparison.

readonly read_cases=(8x4 16x8)

bench_read() {
  start_bench_mesh
  figures=$bench/read.figures
  : >"$figures"
  cat >"$bench/get-tenant.sql" <<SQL
SELECT tenant_id, display_name, state, tier, region, app_id, reseller_id, brand_domain, sandbox,
  created_at, updated_at, suspend_reason, deadline_at, epoch FROM tenant.tenant
WHERE tenant_id = '$tenant';
SQL
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

# Adds a line "CASE NAME REQUESTS" to the figures: measure_read NAME CASE PORT TOKEN
measure_read() {
  local name=$1 case=$2 port=$3 token=$4 answers done wall
  # A refusal is fast, and carries no tenant, which has more than 100 bytes.
  answers=$(get_tenant "$name" "$case" "$port" 100 -H "authorization: Bearer $token")
  read -r done wall <<<"$answers"
  echo "$case $name $wall" >>"$figures"
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
