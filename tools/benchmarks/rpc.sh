# shellcheck shell=bash
# tools/bench rpc: unary calls on one server core.
#
# grpc C++ is what most meshes are made of; nghttpd answers the same bytes with the same HTTP/2
# library as ours and without any RPC, so it shows what is left to gain. By TLS only we are
# measured, beside ourselves in the clear.

readonly rpc_cases=(1x1 1x100 8x32 10x10)
readonly rpc_servers=(ours ours-tls grpc-cpp nghttpd)

build_rpc_servers() {
  say "building bench-echo"
  swift build --quiet -c release --product bench-echo
  bench=$root/.build/bench
  mkdir -p "$bench"
  local proto=$root/tools/benchmarks/echo.proto source=$root/tools/benchmarks/echo-grpc-cpp/echo.cc
  [[ ! $bench/echo-grpc-cpp -nt $proto || ! $bench/echo-grpc-cpp -nt $source ]] || return 0
  say "building echo-grpc-cpp"
  protoc -I "$(dirname "$proto")" --cpp_out="$bench" --grpc_out="$bench" \
    --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" "$proto"
  local libraries
  read -ra libraries < <(pkg-config --libs grpc++ protobuf)
  g++ -std=c++17 -O2 -I "$bench" "$source" "$bench"/echo{,.grpc}.pb.cc -o "$bench/echo-grpc-cpp" \
    "${libraries[@]}"
}

# Writes the framed message that is sent and comes back: flag, length, and for a text its tag and
# its length as a varint.
write_message() {
  local size=${text_size:-0} head='' length
  if ((size > 0)); then
    head='\x0a' length=$size
    while ((length > 127)); do
      head+=$(printf '\\x%02x' $((length & 127 | 128)))
      ((length >>= 7))
    done
    head+=$(printf '\\x%02x' "$length")
  fi
  length=$((size + ${#head} / 4))
  # The format is made of escapes, so it is no constant.
  # shellcheck disable=SC2059
  printf "\\x00$(printf '%08x' "$length" | sed 's/../\\x&/g')$head"
  head -c "$size" /dev/zero | tr '\0' 'x'
}

start_rpc_servers() {
  local port
  port=$(free_port)
  start_server ours "$port" "$(swift build -c release --show-bin-path)/bench-echo" "127.0.0.1:$port"
  port=$(free_port)
  start_server ours-tls "$port" "$(swift build -c release --show-bin-path)/bench-echo" \
    "127.0.0.1:$port" --certificate "$bench/tls.pem" --key "$bench/tls.key"
  server_scheme[ours-tls]=https
  port=$(free_port)
  start_server grpc-cpp "$port" "$bench/echo-grpc-cpp" "127.0.0.1:$port"
  port=$(free_port)
  start_server nghttpd "$port" nghttpd -n1 --no-tls --trailer 'grpc-status: 0' -d "$bench/htdocs" \
    "$port"
}

# A table of one column of the figures: print_rpc_table TITLE COLUMN CASE…
print_rpc_table() {
  local title=$1 column=$2 case ours tls grpc nghttpd
  printf '%-8s %10s %10s %10s %10s   %8s %12s %8s\n' "$title" ours 'our TLS' 'grpc C++' nghttpd \
    ours/C++ ours/nghttpd TLS/ours
  for case in "${@:3}"; do
    ours=$(median_of "$case" ours "$column")
    tls=$(median_of "$case" ours-tls "$column")
    grpc=$(median_of "$case" grpc-cpp "$column")
    nghttpd=$(median_of "$case" nghttpd "$column")
    printf '%-8s %10s %10s %10s %10s   %8s %12s %8s\n' "$case" "$ours" "$tls" "$grpc" "$nghttpd" \
      "$(ratio "$ours" "$grpc")" "$(ratio "$ours" "$nghttpd")" "$(ratio "$tls" "$ours")"
  done
}

bench_rpc() {
  choose_cores
  build_rpc_servers
  local method=Nothing
  if [[ -n $text_size ]]; then method=Say; fi
  local path=/tenantry.bench.v1.Echo/$method
  figures=$bench/rpc.figures
  : >"$figures"
  mkdir -p "$bench/htdocs${path%/*}"
  write_message >"$bench/htdocs$path"
  make_bench_certificate

  trap stop_servers EXIT
  start_rpc_servers
  local round case server
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    for case in "${rpc_cases[@]}"; do
      for server in "${rpc_servers[@]}"; do
        measure "$server" "$case" "$path" "$bench/htdocs$path"
      done
    done
  done

  echo
  machine_line
  echo "grpc C++ $(version_of libgrpc++-dev), nghttp2 $(version_of libnghttp2-dev); $method," \
    "a message of $(stat -c %s "$bench/htdocs$path") bytes with its head; connections x streams"
  echo
  print_rpc_table 'req/s' 3 "${rpc_cases[@]}"
  echo
  echo "requests per second of the server's processor time:"
  print_rpc_table 'core' 4 "${rpc_cases[@]}"
  echo
  echo "how long one takes while it is alone, in microseconds:"
  print_rpc_table 'mean' 5 1x1
}
