# shellcheck shell=bash
# Keys and certificates of a mesh: made once and kept; the edge's certificate is renewed in time.

# A month: a mesh that is brought up now and then is never met with an expired certificate.
readonly renew_before=$((30 * 86400))

make_keys() {
  mkdir -p "$home/secrets" "$home/tls"
  chmod 700 "$home/secrets"
  make_private_key "$home/secrets/ca.key" -algorithm EC -pkeyopt ec_paramgen_curve:P-256
  make_ca
  make_private_key "$home/secrets/edge.key" -algorithm EC -pkeyopt ec_paramgen_curve:P-256
  make_edge_certificate
  # The edge signs with it who calls, the services verify.
  make_private_key "$home/secrets/caller.key" -algorithm ED25519
  openssl pkey -in "$home/secrets/caller.key" -pubout |
    write_file 644 "$home/tls/caller.pub" || true
}

make_private_key() {
  local path=$1
  shift
  [[ ! -s $path ]] || return 0
  say "making $(basename "$path")"
  openssl genpkey "$@" 2>/dev/null | write_file 600 "$path"
}

make_ca() {
  [[ ! -s $home/tls/ca.pem ]] || return 0
  say "making the mesh's certificate authority"
  openssl req -x509 -new -key "$home/secrets/ca.key" -sha256 -days 3650 \
    -subj "/CN=Tenantry local mesh $(openssl rand -hex 4)" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' |
    write_file 644 "$home/tls/ca.pem"
}

# Makes the edge's certificate, or makes it anew where it ends soon, or where the machine was
# renamed, or the CA made anew. 397 days is the longest that browsers take.
make_edge_certificate() {
  local certificate=$home/tls/edge.pem names
  names="DNS:localhost,DNS:$(hostname),IP:127.0.0.1,IP:::1"
  if [[ -s $certificate && $(cat "$home/tls/edge.names" 2>/dev/null) == "$names" ]] &&
    openssl x509 -in "$certificate" -checkend "$renew_before" -noout >/dev/null &&
    openssl verify -CAfile "$home/tls/ca.pem" "$certificate" >/dev/null 2>&1; then
    return
  fi
  say "making the edge's certificate for ${names//,/, }"
  openssl req -new -key "$home/secrets/edge.key" -subj '/CN=tenantry edge' |
    openssl x509 -req -CA "$home/tls/ca.pem" -CAkey "$home/secrets/ca.key" -sha256 -days 397 \
      -set_serial "0x$(openssl rand -hex 16)" -extfile <(
        echo 'basicConstraints=critical,CA:FALSE'
        echo 'keyUsage=critical,digitalSignature'
        echo 'extendedKeyUsage=serverAuth'
        echo "subjectAltName=$names"
      ) 2>/dev/null | write_file 644 "$certificate"
  echo "$names" | write_file 644 "$home/tls/edge.names" || true
}

# Makes a password once: 256 random bits in hexadecimal.
make_password() {
  local path=$home/secrets/$1.password
  [[ -s $path ]] || openssl rand -hex 32 | write_file 600 "$path"
}
