# shellcheck shell=bash
# TCP sockets of this machine that listen: free ports, and who holds the others.

# A port that nobody listens on, below those that Linux gives to outgoing connections: one of them
# might have it by the time that we listen.
free_port() {
  local port
  while port=$((RANDOM % 12000 + 20000)); do
    if [[ -z $(listener_on "$port") ]]; then
      echo "$port"
      return
    fi
  done
}

# The inode of a TCP socket that listens on the port, on any address; empty if there is none.
listener_on() {
  local hex
  hex=$(printf '%04X' "$1")
  awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

holds_socket() {
  local link
  for link in "/proc/$1/fd/"*; do
    if [[ $(readlink "$link" 2>/dev/null) == "socket:[$2]" ]]; then return 0; fi
  done
  return 1
}

describe_socket() {
  local folder
  for folder in /proc/[0-9]*; do
    if holds_socket "${folder#/proc/}" "$1"; then
      printf '%s (process %s)' "$(<"$folder/comm")" "${folder#/proc/}"
      return
    fi
  done
  printf "another user's process"
}
