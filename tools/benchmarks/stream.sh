# shellcheck shell=bash
# tools/bench stream: messages of 64 KiB streamed by one server core, as fast as they are taken.

readonly stream_cases=(1x1 4x4) stream_messages=256 stream_message_bytes=65536

bench_stream() {
  choose_cores
  build_rpc_servers
  figures=$bench/stream.figures
  : >"$figures"
  # A request for so many messages: flag, length, field 1 with a varint of two bytes.
  printf '\0\0\0\0\3\x08\x80\x02' >"$bench/pour"
  trap stop_servers EXIT
  local port
  port=$(free_port)
  start_server ours "$port" "$(swift build -c release --show-bin-path)/bench-echo" "127.0.0.1:$port"
  port=$(free_port)
  start_server grpc-cpp "$port" "$bench/echo-grpc-cpp" "127.0.0.1:$port"
  local round case server
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    for case in "${stream_cases[@]}"; do
      for server in ours grpc-cpp; do
        # Windows of 1 MiB for a stream and 16 MiB for a connection: they are not what limits.
        measure "$server" "$case" /tenantry.bench.v1.Echo/Pour "$bench/pour" \
          $((stream_messages * stream_message_bytes)) -w 20 -W 24
      done
    done
  done
  echo
  machine_line
  echo "streams of $stream_messages messages of $stream_message_bytes bytes; MiB per second, then" \
    "MiB per second of the server's processor time; connections x streams"
  local column ours grpc mebibytes=$((stream_messages * stream_message_bytes >> 20))
  for column in 3 4; do
    echo
    printf '%-8s %10s %10s   %8s\n' "$([[ $column == 3 ]] && echo MiB/s || echo core)" ours \
      'grpc C++' ours/C++
    for case in "${stream_cases[@]}"; do
      ours=$(median_of "$case" ours "$column") grpc=$(median_of "$case" grpc-cpp "$column")
      printf '%-8s %10s %10s   %8s\n' "$case" $((ours * mebibytes)) $((grpc * mebibytes)) \
        "$(ratio "$ours" "$grpc")"
    done
  done
}
