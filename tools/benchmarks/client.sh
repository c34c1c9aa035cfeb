# shellcheck shell=bash
# tools/bench client: our client on one core calling nghttpd, beside h2load doing so.
#
# Both have as many calls open as there are streams. h2load sends bytes that it has made before and
# looks at no answer; ours is `tenantry load`, whose calls have deadlines, a balancer and statuses.

readonly client_cases=(8x32 10x10)

# Adds a line "CASE NAME WALL CORE" to the figures: calls per second, and calls per second of the
# client's processor time: measure_client CASE NAME COMMAND…
measure_client() {
  local case=$1 name=$2 times TIMEFORMAT='%U %S'
  times=$({ time taskset -c "$load_core" "${@:3}" >"$bench/client.log" 2>&1; } 2>&1) ||
    die "$name fails" "see $bench/client.log"
  awk -v case="$case" -v name="$name" -v times="$times" '
    /^requests:/ { done = $8; bad = $10 + $12 + $14 }
    /^{"target"/ {
      match($0, /"calls":[0-9]*/); done = substr($0, RSTART + 8, RLENGTH - 8)
      match($0, /"failed":[0-9]*/); bad = substr($0, RSTART + 9, RLENGTH - 9)
    }
    END {
      split(times, time, " ")
      if (!done || bad + 0) exit 1
      printf "%s %s %d %d\n", case, name, done / seconds, done / (time[1] + time[2])
    }' seconds="$seconds" "$bench/client.log" >>"$figures" ||
    die "nghttpd does not answer $name as it should" "see $bench/client.log"
}

bench_client() {
  choose_cores
  say "building tenantry"
  swift build --quiet -c release --product tenantry
  bench=$root/.build/bench
  # A file's type is told by its name, so the method has one that nghttpd knows.
  local method=tenantry.bench.v1.Echo/Nothing.grpc
  mkdir -p "$bench/htdocs/${method%/*}"
  printf '\0\0\0\0\0' >"$bench/htdocs/$method"
  echo 'application/grpc grpc' >"$bench/types"
  figures=$bench/client.figures
  : >"$figures"
  trap stop_servers EXIT
  local port
  port=$(free_port)
  start_server nghttpd "$port" nghttpd -n1 --no-tls --mime-types-file="$bench/types" \
    --trailer 'grpc-status: 0' -d "$bench/htdocs" "$port"

  local round case connections streams
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    for case in "${client_cases[@]}"; do
      connections=${case%x*} streams=${case#*x}
      measure_client "$case" h2load h2load -t1 -c "$connections" -m "$streams" -D "$seconds" \
        -d "$bench/htdocs/$method" -H 'content-type: application/grpc' -H 'te: trailers' \
        "http://127.0.0.1:$port/$method"
      measure_client "$case" ours "$(swift build -c release --show-bin-path)/tenantry" load \
        --method "$method" --target "ipv4:127.0.0.1:$port" --connections "$connections" \
        --concurrency $((connections * streams)) --duration "${seconds}s" --warm-up 0s --quiet \
        -o json
    done
  done

  echo
  machine_line
  echo "empty messages; connections x streams"
  local column title ours theirs
  for column in 3 4; do
    title=$([[ $column == 3 ]] && echo calls/s || echo core)
    echo
    printf '%-8s %10s %10s   %11s\n' "$title" ours h2load ours/h2load
    for case in "${client_cases[@]}"; do
      ours=$(median_of "$case" ours "$column") theirs=$(median_of "$case" h2load "$column")
      printf '%-8s %10s %10s   %11s\n' "$case" "$ours" "$theirs" "$(ratio "$ours" "$theirs")"
    done
  done
}
