/// Where a session is in its life.
package enum TLSState: Sendable, Equatable {
  /// The two sides are agreeing on keys; `open`, `failed` may follow.
  case handshaking
  /// Both sides may send; any of the states below may follow.
  ///
  /// On a TLS 1.3 client the server has yet to see the client's certificate: it refuses one by an
  /// alert, which a later read throws.
  case open
  /// We have said that we send no more; `closed`, `failed` may follow.
  case shutdownSent
  /// The peer has said that it sends no more; `closed`, `failed` may follow.
  case shutdownReceived
  /// Both sides have ended orderly; nothing follows.
  case closed
  /// The session is of no more use; nothing follows.
  case failed(TLSError)
}
