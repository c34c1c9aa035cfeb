# shellcheck shell=bash
# tools/bench memory: what idle connections cost, and whether anything is lost over time.
#
# A figure is resident memory of our server with one loop. Idle connections are measured after their
# greeting, and after one call each, which fills their header tables. Before and after a million
# calls, and a hundred thousand connections, the figures should be the same, to some kilobytes.

readonly idle_connections=10000 churned_connections=100000 leak_calls=1000000

# Kilobytes of resident memory of a process.
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

# Starts our server, in the clear or with a certificate: start_echo NAME [CERTIFICATE]
start_echo() {
  local port
  port=$(free_port)
  start_server "$1" "$port" "$(swift build -c release --show-bin-path)/bench-echo" \
    "127.0.0.1:$port" ${2:+--certificate "$2" --key "$bench/tls.key"}
}

connections() {
  taskset -c "$load_core" python3 "$root/tools/benchmarks/connections.py" "$@"
}

# Prints a line of memory: print_memory WHAT BEFORE AFTER REST
print_memory() { printf '%-38s %8d KB %8d KB   %s\n' "$@"; }

# Prints a line of what an idle connection costs: measure_idle NAME hold|greet [CERTIFICATE]
measure_idle() {
  local name=$1-$2 what='after a call' before after ready keep hold
  if [[ $2 == greet ]]; then what=greeted; fi
  start_echo "$name" "${3-}"
  local port=${server_port[$name]} pid=${server_pid[$name]}
  connections churn "$port" 500 "${@:3}"
  before=$(resident "$pid")
  coproc HOLD { connections "$2" "$port" "$idle_connections" "${@:3}"; }
  hold=$HOLD_PID keep=${HOLD[1]}
  read -r ready <&"${HOLD[0]}" || die "$name does not take $idle_connections connections"
  [[ $ready == ready ]] || die "$name: $ready"
  after=$(resident "$pid")
  print_memory "$idle_connections idle by $1, $what" "$before" "$after" \
    "$(awk -v kb=$((after - before)) -v n="$idle_connections" \
      'BEGIN { printf "%.1f KB each", kb / n }')"
  exec {keep}>&-
  wait "$hold" || die "$name: the idle connections did not end well"
  kill "$pid"
  wait "$pid" || die "$name did not end well" "its log: $bench/$name.log"
  unset "server_pid[$name]"
}

# Prints a line of memory before and after a load: measure_growth WHAT PID COMMAND…
measure_growth() {
  local what=$1 pid=$2 before after
  before=$(resident "$pid")
  "${@:3}" >"$bench/growth.log" 2>&1 || die "the load fails" "see $bench/growth.log"
  after=$(resident "$pid")
  print_memory "$what" "$before" "$after" "$(printf '%+d' $((after - before))) KB"
}

# So many calls to a port over eight connections: call_many PORT COUNT
call_many() {
  taskset -c "$load_core" h2load -t1 -c8 -m32 -n "$2" -d "$bench/empty" \
    -H 'content-type: application/grpc' -H 'te: trailers' \
    "http://127.0.0.1:$1/tenantry.bench.v1.Echo/Nothing" >"$bench/calls.log"
  grep -q ", $2 succeeded, 0 failed" "$bench/calls.log"
}

bench_memory() {
  choose_cores
  say "building bench-echo"
  swift build --quiet -c release --product bench-echo
  bench=$root/.build/bench
  mkdir -p "$bench"
  # Flag and length of a message without fields.
  printf '\0\0\0\0\0' >"$bench/empty"
  make_bench_certificate
  ulimit -n "$(ulimit -Hn)"
  (($(ulimit -n) > idle_connections + 100)) ||
    die "$(ulimit -n) open files are too few" "allow more: ulimit -n $((idle_connections + 1000))"
  trap stop_servers EXIT

  start_echo growth
  local port=${server_port[growth]} pid=${server_pid[growth]}
  # What is kept for the next call or connection is taken first.
  call_many "$port" "$leak_calls"
  connections churn "$port" 20000
  call_many "$port" "$leak_calls"
  machine_line
  echo
  printf '%-38s %11s %11s\n' '' before after
  measure_growth "$leak_calls calls" "$pid" call_many "$port" "$leak_calls"
  measure_growth "$churned_connections connections" "$pid" \
    connections churn "$port" "$churned_connections"
  measure_growth "$leak_calls calls again" "$pid" call_many "$port" "$leak_calls"
  local what
  for what in greet hold; do measure_idle h2c "$what"; done
  for what in greet hold; do measure_idle TLS "$what" "$bench/tls.pem"; done
}
