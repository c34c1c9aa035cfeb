# shellcheck shell=bash
# tools/bench latency: how long a call takes while one server core is up to half busy.
#
# h2load finds the most calls per second that the core answers; then `tenantry load` makes a part of
# that by the clock, so that a slow answer is not one call that is not made. Where more than one
# call in a hundred is made over a millisecond late, the load itself is too slow, and there are no
# figures.

readonly latency_connections=8 latency_streams=32
# What is made of the most.
readonly latency_parts=(16 8 4 2)

load_echo() {
  taskset -c "$load_core" "$(swift build -c release --show-bin-path)/tenantry" load \
    --method tenantry.bench.v1.Echo/Nothing --target "ipv4:127.0.0.1:${server_port[echo]}" \
    --connections "$latency_connections" --duration "${seconds}s" --quiet -o json --rate "$1" \
    >"$bench/load.json"
  grep -q '"failed":0,' "$bench/load.json" || die "calls have failed" "see $bench/load.json"
}

# The first number of that name in the load's JSON, which is that of all calls: load_figure NAME
load_figure() { grep -o "\"$1\":[0-9.]*" "$bench/load.json" | sed -n '1s/.*://p'; }

milliseconds() { awk -v time="$(load_figure "$1")" 'BEGIN { printf "%.3f", time / 1e6 }'; }

# A line of figures: print_latency MOST PART
print_latency() {
  printf '%10s %5s %10s ' "$1" "1/$2" "$(load_figure achievedRate)"
  if (($(load_figure late) * 100 > $(load_figure calls))); then
    printf 'the load does not keep up: %s calls were late\n' "$(load_figure late)"
    return
  fi
  printf '%8s %8s %8s %8s %8s\n' "$(milliseconds p50)" "$(milliseconds p90)" \
    "$(milliseconds p99)" "$(milliseconds p999)" "$(milliseconds max)"
}

bench_latency() {
  choose_cores
  say "building bench-echo and tenantry"
  swift build --quiet -c release --product bench-echo
  swift build --quiet -c release --product tenantry
  bench=$root/.build/bench
  mkdir -p "$bench"
  # Flag and length of a message without fields.
  printf '\0\0\0\0\0' >"$bench/empty"
  figures=$bench/latency.figures
  trap stop_servers EXIT
  local port
  port=$(free_port)
  start_server echo "$port" "$(swift build -c release --show-bin-path)/bench-echo" "127.0.0.1:$port"
  machine_line
  echo "calls per second, then milliseconds"
  echo
  printf '%10s %5s %10s %8s %8s %8s %8s %8s\n' most part made p50 p90 p99 p99.9 max
  local round most part case=${latency_connections}x$latency_streams
  for ((round = 1; round <= rounds; round++)); do
    : >"$figures"
    measure echo "$case" /tenantry.bench.v1.Echo/Nothing "$bench/empty"
    most=$(median_of "$case" echo 3)
    for part in "${latency_parts[@]}"; do
      load_echo $((most / part))
      print_latency "$most" "$part"
    done
  done
}
