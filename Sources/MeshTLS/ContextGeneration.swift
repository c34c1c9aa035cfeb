import COpenSSL

/// Owns one `SSL_CTX`: the certificates and settings between two reloads.
///
/// Unchecked because of the pointers. Nothing here changes after `init`, and OpenSSL counts the
/// sessions of an `SSL_CTX` atomically, so any thread may make sessions from it.
final class ContextGeneration: @unchecked Sendable {
  let pointer: OpaquePointer
  let isServer: Bool
  // In ALPN's wire format, each name behind its length. OpenSSL keeps pointing into it.
  let protocols: UnsafeBufferPointer<UInt8>

  init(_ configuration: TLSConfiguration) throws(TLSError) {
    if case .server = configuration.role { isServer = true } else { isServer = false }
    guard let pointer = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw .openSSL(reason: OpenSSLErrors.takeReason())
    }
    self.pointer = pointer
    let names = configuration.applicationProtocols.flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: names.count)
    _ = copy.initialize(from: names)
    protocols = UnsafeBufferPointer(copy)

    // From here on deinit runs when something throws, and frees both.
    try setProtocol()
    switch configuration.role {
    case .server(let identity, let clients):
      try present(identity)
      try setClients(clients)
    case .client(let trust, let identity):
      if let identity { try present(identity) }
      try self.trust(trust)
      SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, noteRejection)
    }
  }

  deinit {
    SSL_CTX_free(pointer)
    protocols.deallocate()
  }

  /// The last second of our own certificate's validity, in Unix time; nil if we present none.
  var certificateExpiry: Int64? {
    SSL_CTX_get0_certificate(pointer).map { TLSPeer.seconds(X509_get0_notAfter($0)) }
  }

  private func setProtocol() throws(TLSError) {
    try check(copenssl_set_minimum_version(pointer, TLS1_2_VERSION))
    // RFC 9113 section 9.2.2 leaves TLS 1.2 only ephemeral keys with AEAD.
    try check(SSL_CTX_set_cipher_list(pointer, "ECDHE+AESGCM:ECDHE+CHACHA20"))
    // Unlike OpenSSL's own order, AES-128 first: no weaker in practice and a third faster.
    try check(
      SSL_CTX_set_ciphersuites(
        pointer,
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"))
    try check(copenssl_set_groups(pointer, "X25519:P-256:P-384"))
    SSL_CTX_set_options(
      pointer,
      copenssl_no_renegotiation | copenssl_no_compression | copenssl_server_preference)
    // Up to 33 KiB of record buffers are given back whenever they are empty, for some 50 ns a
    // record: what idle connections cost matters more.
    copenssl_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
    // Resumption is by tickets only, which cost the server no memory.
    copenssl_disable_session_cache(pointer)
    if isServer {
      SSL_CTX_set_client_hello_cb(pointer, requireProtocols, nil)
      let own = Unmanaged.passUnretained(self).toOpaque()
      SSL_CTX_set_alpn_select_cb(pointer, selectProtocol, own)
    } else {
      let length = UInt32(protocols.count)
      // Zero is success here, unlike everywhere else.
      try check(SSL_CTX_set_alpn_protos(pointer, protocols.baseAddress, length) == 0 ? 1 : 0)
    }
  }

  private func present(_ identity: TLSIdentity) throws(TLSError) {
    let chain = try PEMReader(identity.chain)
    var isLeaf = true
    try chain.forEachCertificate { certificate throws(TLSError) in
      let result =
        isLeaf
        ? SSL_CTX_use_certificate(pointer, certificate)
        : copenssl_add_chain_certificate(pointer, certificate)
      guard result == 1 else { throw chain.failure(OpenSSLErrors.takeReason()) }
      isLeaf = false
    }
    let privateKey = try PEMReader(identity.privateKey)
    try privateKey.withPrivateKey { key throws(TLSError) in
      guard X509_check_private_key(SSL_CTX_get0_certificate(pointer), key) == 1 else {
        ERR_clear_error()
        throw .keyMismatch(source: identity.chain.description)
      }
      guard SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
        throw privateKey.failure(OpenSSLErrors.takeReason())
      }
    }
  }

  private func setClients(_ clients: TLSConfiguration.ClientCertificates) throws(TLSError) {
    switch clients {
    case .none:
      return
    case .optional(let trust):
      try self.trust(trust)
      SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, noteRejection)
    case .required(let trust):
      try self.trust(trust)
      let mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
      SSL_CTX_set_verify(pointer, mode, noteRejection)
    }
    // A resumed session would skip the check of a certificate that has expired, or whose authority
    // has been removed, since.
    SSL_CTX_set_options(pointer, copenssl_no_ticket)
    try check(SSL_CTX_set_num_tickets(pointer, 0))
  }

  private func trust(_ trust: TLSTrust) throws(TLSError) {
    switch trust {
    case .system:
      try check(SSL_CTX_set_default_verify_paths(pointer))
    case .only(let source):
      let store = SSL_CTX_get_cert_store(pointer)
      let bundle = try PEMReader(source)
      try bundle.forEachCertificate { certificate throws(TLSError) in
        guard X509_STORE_add_cert(store, certificate) == 1 else {
          throw bundle.failure(OpenSSLErrors.takeReason())
        }
        // A server tells its clients whom it trusts, so that they can choose a certificate.
        if isServer { try check(SSL_CTX_add_client_CA(pointer, certificate)) }
      }
    }
  }
}

private func check(_ result: Int32) throws(TLSError) {
  guard result == 1 else { throw .openSSL(reason: OpenSSLErrors.takeReason()) }
}
