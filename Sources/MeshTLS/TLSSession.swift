import COpenSSL

/// One TLS connection without its socket: bytes of one kind in, bytes of the other kind out.
///
/// It belongs to one event loop and is used from nowhere else. After every call there may be
/// ciphertext to send, even after one that threw: the alert for the peer.
package final class TLSSession {
  /// The most ciphertext, in bytes, that may wait to be sent; more fails the session.
  package static let outputLimit = CiphertextPipe.outputLimit
  /// The most ciphertext, in bytes, that `feed` queues; more fails the session.
  package static let inputLimit = CiphertextPipe.inputLimit
  /// The most plaintext that one record has: a buffer of this size is never too small.
  package static let recordSize = 16 << 10

  /// Where the session is in its life.
  package private(set) var state = TLSState.handshaking
  /// The application protocol that was agreed on; nil until the session is open.
  package private(set) var alpn: String?
  /// Who the peer is; nil until the session is open, and on a server whose client showed nothing.
  package private(set) var peer: TLSPeer?
  /// The one URI that the server's certificate must have, on a client that expects one.
  let expectedURI: String?

  private let generation: ContextGeneration
  private let pipe = CiphertextPipe()
  let ssl: OpaquePointer
  // What a callback found out and OpenSSL's own error does not say.
  private var finding: TLSError?

  /// Starts a session; `advance` or `receive` then makes a client's first message.
  ///
  /// A client names the server: `serverName` is a host name, which also goes to the server (SNI),
  /// or an IP address, and the server's certificate must be for it. With `expectedURI` the
  /// certificate must have exactly that URI instead, such as a SPIFFE ID, and `serverName` is SNI
  /// only. A server passes neither.
  package init(
    context: TLSContext, serverName: String? = nil, expectedURI: String? = nil
  ) throws(TLSError) {
    let generation = context.generation
    precondition(
      generation.isServer == (serverName == nil && expectedURI == nil),
      "a client says whom it expects, a server does not")
    guard let ssl = SSL_new(generation.pointer) else {
      throw .openSSL(reason: OpenSSLErrors.takeReason())
    }
    self.generation = generation
    self.expectedURI = expectedURI
    self.ssl = ssl
    guard let bio = pipe.makeBIO() else {
      throw .openSSL(reason: OpenSSLErrors.takeReason())
    }
    SSL_set_bio(ssl, bio, bio)
    copenssl_set_app_data(ssl, Unmanaged.passUnretained(self).toOpaque())
    if generation.isServer {
      SSL_set_accept_state(ssl)
    } else {
      SSL_set_connect_state(ssl)
      if let serverName { try expect(serverName) }
    }
  }

  deinit {
    SSL_free(ssl)
  }

  /// Goes on with the handshake as far as the bytes at hand allow, and returns the state.
  package func advance() throws(TLSError) -> TLSState {
    guard state == .handshaking else { return state }
    OpenSSLErrors.clear()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      try finishHandshake()
    } else if SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ {
      throw fail()
    }
    return state
  }

  /// Decrypts `ciphertext` from the peer and hands each record's plaintext to `body`.
  ///
  /// This is `feed` and `readPlaintext` in one, without their copy; it also advances a handshake.
  /// `scratch` holds a record at a time: give it `recordSize` bytes, which all sessions of a loop
  /// can share. The plaintext is valid during the call of `body` only. When `body` throws, the rest
  /// of `ciphertext` is lost and the session with it.
  package func receive(
    _ ciphertext: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    pipe.lend(ciphertext)
    defer { pipe.endLoan() }
    while let count = try readPlaintext(into: scratch) {
      try body(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    }
  }

  /// Queues a copy of ciphertext from the peer, for `advance` and `readPlaintext`.
  package func feed(_ ciphertext: UnsafeRawBufferPointer) throws(TLSError) {
    guard pipe.append(ciphertext) else {
      throw fail(.inputOverflow(limit: Self.inputLimit))
    }
  }

  /// Decrypts at most a record into `buffer`, which is not empty, and returns the count of bytes.
  ///
  /// Nil means that there is no more for now; `state` says whether there may ever be.
  package func readPlaintext(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TLSError) -> Int? {
    switch try advance() {
    case .open, .shutdownSent: break
    case .handshaking, .shutdownReceived, .closed: return nil
    case .failed(let error): throw error
    }
    OpenSSLErrors.clear()
    let count = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
    guard count <= 0 else { return Int(count) }
    switch SSL_get_error(ssl, count) {
    case SSL_ERROR_WANT_READ:
      return nil
    case SSL_ERROR_ZERO_RETURN:
      state = state == .shutdownSent ? .closed : .shutdownReceived
      return nil
    default:
      throw fail()
    }
  }

  /// Encrypts `plaintext`, all of it, into records that wait to be sent.
  ///
  /// Throws `notOpen` before the handshake is complete and after `shutdown`. Large pieces are
  /// cheaper than small ones: each call makes at least one record.
  package func writePlaintext(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) {
    guard state == .open || state == .shutdownReceived else { throw .notOpen }
    var rest = plaintext[...]
    while !rest.isEmpty {
      OpenSSLErrors.clear()
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = SSL_write(ssl, piece.baseAddress, Int32(clamping: piece.count))
      guard count > 0 else { throw fail() }
      rest = rest.dropFirst(Int(count))
    }
  }

  /// The memory that the session's own queues hold, in bytes; what OpenSSL holds is not in it.
  var queueCapacity: Int { pipe.capacity }

  /// The number of bytes of ciphertext that wait to be sent.
  package var pendingCiphertext: Int {
    pipe.outputCount
  }

  /// Moves the ciphertext that waits to the end of `output`.
  ///
  /// Without a copy if `output` is empty and there is more than a kilobyte.
  package func drainCiphertext(into output: inout [UInt8]) {
    pipe.drain(into: &output)
  }

  /// Shows the ciphertext that waits to `body`, which returns how many bytes of it were sent.
  ///
  /// The rest goes on waiting. `body` must not call the session.
  package func takeCiphertext(_ body: (UnsafeRawBufferPointer) throws -> Int) rethrows {
    try pipe.take(body)
  }

  /// Tells the peer that we send no more; reading goes on until it says the same.
  package func shutdown() {
    switch state {
    case .open: state = .shutdownSent
    case .shutdownReceived: state = .closed
    case .handshaking, .shutdownSent, .closed, .failed: return
    }
    OpenSSLErrors.clear()
    // A failure to queue the alert leaves the peer to notice the closed socket.
    SSL_shutdown(ssl)
    OpenSSLErrors.clear()
  }

  /// The session whose callback is running.
  static func running(_ ssl: OpaquePointer?) -> TLSSession? {
    guard let ssl, let data = copenssl_app_data(ssl) else { return nil }
    return Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
  }

  /// Keeps what a callback found out, to explain the failure that follows.
  func note(_ finding: TLSError) {
    self.finding = finding
  }

  private func expect(_ serverName: String) throws(TLSError) {
    let parameters = SSL_get0_param(ssl)
    if expectedURI == nil, X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 { return }
    guard copenssl_set_server_name(ssl, serverName) == 1 else {
      throw .openSSL(reason: OpenSSLErrors.takeReason())
    }
    guard expectedURI == nil else { return }
    // Names in the subject do not count, and a wildcard stands for a whole label (RFC 9525).
    let flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
    X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(flags))
    guard X509_VERIFY_PARAM_set1_host(parameters, serverName, serverName.utf8.count) == 1 else {
      throw .openSSL(reason: OpenSSLErrors.takeReason())
    }
  }

  private func finishHandshake() throws(TLSError) {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(ssl, &name, &length)
    // A server that knows no ALPN goes on without; OpenSSL's client does not mind, we do. One that
    // selects what was not offered has been refused by OpenSSL.
    guard let name, length > 0 else {
      SSL_shutdown(ssl)
      throw fail(.noApplicationProtocol)
    }
    alpn = String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    peer = SSL_get0_peer_certificate(ssl).map { TLSPeer(certificate: $0) }
    state = .open
  }

  private func fail() -> TLSError {
    fail(reason())
  }

  private func fail(_ error: TLSError) -> TLSError {
    OpenSSLErrors.clear()
    state = .failed(error)
    return error
  }

  /// Says why OpenSSL's last call failed.
  private func reason() -> TLSError {
    if pipe.isOutputOverflowing { return .outputOverflow(limit: Self.outputLimit) }
    if let finding { return finding }
    let code = ERR_peek_error()
    let reason = ERR_GET_REASON(code)
    if ERR_GET_LIB(code) == ERR_LIB_SSL {
      if reason > SSL_AD_REASON_OFFSET, let alert = UInt8(exactly: reason - SSL_AD_REASON_OFFSET) {
        return .alertReceived(TLSAlert(rawValue: alert))
      }
      if reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE { return .certificateMissing }
    }
    return .protocolViolation(reason: OpenSSLErrors.reason(of: code))
  }
}
