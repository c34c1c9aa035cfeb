# shellcheck shell=bash
# A mesh of its own with one tenant and a member, for what is measured of the whole.

readonly bench_password='a password for measuring'

# Brings a mesh up in a temporary home, which ends with the script, and makes the tenant: sets
# bench, admin_port, tenant_port, tenant, and the tokens operator_token and member_token.
start_bench_mesh() {
  bench=$root/.build/bench
  mkdir -p "$bench"
  TENANTRY_HOME=$(mktemp -d /tmp/tenantry-bench.XXXXXX)
  export TENANTRY_HOME TENANTRY_ADMIN_PORT=0 TENANTRY_TENANT_PORT=0
  chmod 755 "$TENANTRY_HOME"
  trap stop_bench_mesh EXIT
  # One caller makes all the load: the limits of a caller are not what is measured.
  mkdir -p "$TENANTRY_HOME/config"
  printf 'caller-rate = 0\ntenant-rate = 0\n' >"$TENANTRY_HOME/config/edge.own.conf"
  say "bringing a mesh up"
  "$root/tools/up" >"$bench/up.log" || die "the mesh does not come up" "see $bench/up.log"
  make_tenant
}

stop_bench_mesh() {
  "$root/tools/down" >/dev/null || true
  rm -rf "$TENANTRY_HOME"
}

make_tenant() {
  local cli=$root/bin/tenantry app
  read -r admin_port tenant_port <"$TENANTRY_HOME/ports"
  "$cli" setup --email bench@example.com --name Bench --password-stdin \
    <<<"$bench_password" >/dev/null 2>&1
  app=$(value_of appId < <("$cli" apps create --name Bench -o json))
  tenant=$(value_of tenantId < <("$cli" tenants create --app "$app" --display-name Bench \
    --region eu-west-1 -o json))
  "$cli" tenants activate "$tenant" >/dev/null
  "$cli" members create --tenant "$tenant" --email member@example.com --name Member \
    --password-stdin <<<"$bench_password" >/dev/null
  operator_token=$("$cli" auth token)
  member_token=$(value_of token < <(curl --silent --http2 --cacert "$TENANTRY_HOME/tls/ca.pem" \
    -H 'content-type: application/json' -d "{\"email\": \"member@example.com\", \"password\":
      \"$bench_password\", \"tenantId\": \"$tenant\"}" \
    "https://localhost:$tenant_port/tenantry.identity.v1.IdentityService/SignIn"))
  # The request's frame: flag, length 38, field 1 with 36 bytes.
  printf '\x00\x00\x00\x00\x26\x0a\x24%s' "$tenant" >"$bench/get-tenant"
}

# The first string under a name in JSON.
value_of() { sed -n "s/.*\"$1\": *\"\\([^\"]*\\)\".*/\\1/p" | head -n 1; }

# Asks for the tenant over and over, and prints how many answers came and how many each second.
# Each has at least so many bytes: get_tenant NAME CASE PORT BYTES [OPTION…]
get_tenant() {
  local name=$1 case=$2 port=$3 size=$4 report=$bench/h2load.log
  h2load -t1 -c "${case%x*}" -m "${case#*x}" -D "$seconds" -d "$bench/get-tenant" \
    -H 'content-type: application/grpc' -H 'te: trailers' "${@:5}" \
    "https://localhost:$port/tenantry.tenants.v1.TenantService/GetTenant" >"$report"
  awk -v size="$size" '
    /^finished in/ { wall = $4 + 0 }
    /^requests:/ { done = $8; bad = $10 + $12 + $14 }
    /^traffic:/ { sub(/.*\(/, "", $(NF - 1)); data = $(NF - 1) + 0 }
    END { if (!done || bad || data < done * size) exit 1; printf "%d %d\n", done, wall }
  ' "$report" || die "$name does not answer the load as it should" "see $report"
}
