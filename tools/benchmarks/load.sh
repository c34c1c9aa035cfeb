# shellcheck shell=bash
# Servers on one core, load on another, and what to make of the figures.

# The first core that this process may use serves, the last one loads.
choose_cores() {
  local allowed
  allowed=$(taskset -cp $$ | sed 's/.*: //')
  server_core=${allowed%%[,-]*} load_core=${allowed##*[,-]}
  readonly server_core load_core
  [[ $server_core != "$load_core" ]] || die "one core is not enough: server and load need their own"
}

# Starts a server on the server's core and waits until it listens: start_server NAME PORT COMMAND…
declare -A server_pid server_port
# "https" for those that speak TLS; the others speak in the clear.
declare -A server_scheme
start_server() {
  local name=$1 port=$2 log=$bench/$1.log
  taskset -c "$server_core" "${@:3}" >"$log" 2>&1 &
  server_pid[$name]=$! server_port[$name]=$port
  local attempts=0
  until [[ -n $(listener_on "$port") ]]; do
    if ((++attempts > 100)) || ! kill -0 "${server_pid[$name]}" 2>/dev/null; then
      die "$name does not start" "its log: $log" "$(tail -n 3 "$log")"
    fi
    sleep 0.1
  done
}

stop_servers() {
  local pid
  for pid in "${server_pid[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
}

# Hundredths of seconds of processor time that a process has used, with all its threads.
processor_time() {
  local stat
  stat=$(<"/proc/$1/stat")
  # The name, in parentheses, may hold spaces; utime and stime are fields 14 and 15 of the whole.
  awk '{ print $12 + $13 }' <<<"${stat##*) }"
}

# Makes a certificate for localhost, which is its own authority, in the folder of the figures.
make_bench_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=bench -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
    -addext 'basicConstraints=critical,CA:TRUE' \
    -keyout "$bench/tls.key" -out "$bench/tls.pem" 2>/dev/null
}

# Loads a server and adds a line "CASE NAME WALL CORE MEAN" to the figures: requests per second,
# requests per second of the server's processor time, and microseconds for one. Answers have at
# least as many bytes as the request, or those given:
# measure NAME CASE PATH BODY [BYTES [OPTION…]]
measure() {
  local name=$1 case=$2 path=$3 body=$4 before after report=$bench/h2load.log
  local size=${5:-$(stat -c %s "$4")}
  before=$(processor_time "${server_pid[$name]}")
  taskset -c "$load_core" h2load -t1 -c "${case%x*}" -m "${case#*x}" -D "$seconds" -d "$body" \
    -H 'content-type: application/grpc' -H 'te: trailers' "${@:6}" \
    "${server_scheme[$name]:-http}://127.0.0.1:${server_port[$name]}$path" >"$report"
  after=$(processor_time "${server_pid[$name]}")
  # A wrong answer is fast: each must have the body that was sent.
  awk -v case="$case" -v name="$name" -v cpu=$((after - before)) -v size="$size" '
    function microseconds(time) {
      return (time + 0) * (time ~ /us$/ ? 1 : time ~ /ms$/ ? 1e3 : 1e6)
    }
    /^finished in/ { wall = $4 + 0 }
    /^requests:/ { done = $8; bad = $10 + $12 + $14 }
    /^traffic:/ { sub(/.*\(/, "", $(NF - 1)); data = $(NF - 1) + 0 }
    /^time for request:/ { mean = microseconds($6) }
    END {
      if (!done || bad || data < done * size || !cpu) exit 1
      printf "%s %s %d %d %d\n", case, name, wall, done * 100 / cpu, mean
    }' "$report" >>"$figures" || die "$name does not answer the load as it should" "see $report"
}

# The median of a column of the figures: median_of CASE NAME COLUMN
median_of() {
  awk -v case="$1" -v name="$2" -v column="$3" '$1 == case && $2 == name { print $column }' \
    "$figures" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

ratio() { awk -v one="$1" -v other="$2" 'BEGIN { printf "%.2f", one / other }'; }

# What the figures belong to.
machine_line() {
  local model
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  printf '%s, %s cores, Linux %s, Swift %s' "${model:-$(uname -m)}" "$(nproc)" "$(uname -r)" \
    "$(swift_version)"
  printf ', load %s, %s\n' "$(cut -d ' ' -f 1 /proc/loadavg)" "$(git describe --always --dirty)"
}

version_of() { dpkg-query -W -f='${Version}' "$1" | sed 's/-.*//'; }
