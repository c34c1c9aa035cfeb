# shellcheck shell=bash
# tools/bench edge: a tenant's member asks the tenants service for the tenant, through the edge and
# through nghttpx.
#
# Both take TLS from outside and speak HTTP/2 over the service's unix socket. nghttpx authenticates
# nobody, decides nothing, counts nothing and traces nothing; the service refuses its calls. So that
# the service does the same for both, nghttpx forwards also calls that carry a caller context which
# we sign beforehand as the edge does for each session. What counts is the processor time of the
# proxy; edge, service and load share the machine and nothing is pinned.

readonly edge_cases=(8x32 1x100)
readonly edge_goal=0.9

bench_edge() {
  start_bench_mesh
  figures=$bench/edge.figures
  : >"$figures"
  trap end_bench_edge EXIT
  start_nghttpx
  local edge_pid round case
  edge_pid=$(service_pid edge)
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    for case in "${edge_cases[@]}"; do
      measure_proxy edge "$case" "$tenant_port" 100 "$edge_pid" \
        -H "authorization: Bearer $member_token"
      measure_proxy nghttpx "$case" "$nghttpx_port" 0 "$nghttpx_pids"
      measure_proxy signed "$case" "$nghttpx_port" 100 "$nghttpx_pids" \
        -H "tenantry-caller-bin: $(signed_caller)"
    done
  done
  echo
  machine_line
  echo "nghttpx $(version_of nghttp2-proxy); calls per second of the proxy's processor time," \
    "connections x streams; signed: nghttpx with calls that the service does not refuse"
  echo
  print_edge_table
}

end_bench_edge() {
  if [[ -n ${nghttpx_pid-} ]]; then kill "$nghttpx_pid" 2>/dev/null || true; fi
  stop_bench_mesh
}

service_pid() { cut -d ' ' -f 1 "$TENANTRY_HOME/run/$1.pid"; }

# Starts nghttpx with one worker and with the edge's kind of key: sets nghttpx_port, nghttpx_pid,
# and nghttpx_pids with those that it forks.
start_nghttpx() {
  make_bench_certificate
  nghttpx_port=$(free_port)
  nghttpx --conf=/dev/null -n1 --no-ocsp --log-level=ERROR --accesslog-file=/dev/null \
    --frontend="127.0.0.1,$nghttpx_port" \
    --backend="unix:$TENANTRY_HOME/run/tenants.sock;;proto=h2" \
    "$bench/tls.key" "$bench/tls.pem" >"$bench/nghttpx.log" 2>&1 &
  nghttpx_pid=$!
  local attempts=0
  until [[ -n $(listener_on "$nghttpx_port") ]]; do
    if ((++attempts > 100)) || ! kill -0 "$nghttpx_pid" 2>/dev/null; then
      die "nghttpx does not start" "its log: $bench/nghttpx.log" "$(tail -n 3 "$bench/nghttpx.log")"
    fi
    sleep 0.1
  done
  nghttpx_pids="$nghttpx_pid $(tr '\n' ' ' <"/proc/$nghttpx_pid/task/$nghttpx_pid/children")"
}

# A caller context of the member as the edge would sign it, good for a minute, in base64: a
# tenantry.identity.v1.SignedCaller.
signed_caller() {
  local key=$TENANTRY_HOME/secrets/caller.key caller=$bench/caller key_id
  encode_identity Caller >"$caller" <<TEXT
kind: CALLER_KIND_MEMBER plane: PLANE_TENANT id: "bench" name: "bench" session_id: "bench"
tenant_id: "$tenant" permissions: "tenants.read"
expires_at { seconds: $((EPOCHSECONDS + 60)) }
TEXT
  openssl pkeyutl -sign -rawin -inkey "$key" -in "$caller" -out "$caller.signature"
  # The raw key is the end of its DER.
  key_id=$(openssl pkey -in "$key" -pubout -outform DER | tail -c 32 | sha256sum | cut -c 1-16)
  encode_identity SignedCaller <<TEXT | base64 --wrap=0
caller: "$(escaped "$caller")" signature: "$(escaped "$caller.signature")" key_id: "$key_id"
TEXT
}

# From text format to bytes: encode_identity MESSAGE
encode_identity() {
  protoc -I "$root/proto" --encode="tenantry.identity.v1.$1" \
    "$root/proto/tenantry/identity/v1/identity.proto"
}

# A file's bytes as text format writes them.
escaped() { od -An -v -tx1 "$1" | tr -d '\n' | sed 's/ /\\x/g'; }

# Adds a line "CASE NAME CORE" to the figures:
# measure_proxy NAME CASE PORT BYTES PIDS [OPTION…]
measure_proxy() {
  local name=$1 case=$2 pids=$5 before answers done wall used
  before=$(processor_times "$pids")
  answers=$(get_tenant "$name" "$case" "$3" "$4" "${@:6}")
  used=$(($(processor_times "$pids") - before))
  read -r done wall <<<"$answers"
  echo "$case $name $((done * 100 / used))" >>"$figures"
}

# The processor time of several processes together, in hundredths of seconds.
processor_times() {
  local pid sum=0
  for pid in $1; do sum=$((sum + $(processor_time "$pid"))); done
  echo "$sum"
}

print_edge_table() {
  local case edge nghttpx signed
  printf '%-8s %10s %10s %10s   %12s %12s   %s\n' case edge nghttpx signed edge/nghttpx \
    edge/signed goal
  for case in "${edge_cases[@]}"; do
    edge=$(median_of "$case" edge 3)
    nghttpx=$(median_of "$case" nghttpx 3)
    signed=$(median_of "$case" signed 3)
    printf '%-8s %10s %10s %10s   %12s %12s   %s\n' "$case" "$edge" "$nghttpx" "$signed" \
      "$(ratio "$edge" "$nghttpx")" "$(ratio "$edge" "$signed")" "$edge_goal"
  done
}
