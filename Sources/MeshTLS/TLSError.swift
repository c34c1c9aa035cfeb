/// Why a context could not be made or a session failed.
///
/// After a session has thrown one of these it is of no more use, but what it still has to send is
/// worth sending: the alert that tells the peer the same.
package enum TLSError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A certificate, key or bundle of `TLSConfiguration` cannot be used; `source` is its path.
  case configuration(source: String, reason: String)
  /// The private key is not the certificate's; `source` is the certificate's path.
  case keyMismatch(source: String)
  /// We refused the peer's certificate: OpenSSL's reason, and the subject that it is about.
  case certificateRejected(reason: String, subject: String)
  /// The peer presented no certificate though one is required.
  case certificateMissing
  /// The two sides have no application protocol in common.
  case noApplicationProtocol
  /// The peer ended the session with an alert.
  case alertReceived(TLSAlert)
  /// The peer's bytes are not TLS as we accept it; the reason is OpenSSL's.
  case protocolViolation(reason: String)
  /// More ciphertext is waiting for the peer than `limit` bytes.
  case outputOverflow(limit: Int)
  /// More ciphertext from the peer is waiting to be read than `limit` bytes.
  case inputOverflow(limit: Int)
  /// The session cannot send: its handshake is not complete, or it was shut down or has failed.
  case notOpen
  /// OpenSSL failed for want of memory or randomness.
  case openSSL(reason: String)

  /// The error as one line of text, lower case, without a full stop.
  package var description: String {
    switch self {
    case .configuration(let source, let reason): "\(source): \(reason)"
    case .keyMismatch(let source): "\(source): the private key is not this certificate's"
    case .certificateRejected(let reason, let subject):
      "peer's certificate refused: \(reason) (\(subject))"
    case .certificateMissing: "peer presented no certificate"
    case .noApplicationProtocol: "no application protocol in common"
    case .alertReceived(let alert): "peer sent alert: \(alert)"
    case .protocolViolation(let reason): "tls protocol violation: \(reason)"
    case .outputOverflow(let limit): "more than \(limit) bytes wait to be sent"
    case .inputOverflow(let limit): "more than \(limit) bytes wait to be read"
    case .notOpen: "tls session is not open"
    case .openSSL(let reason): "openssl: \(reason)"
    }
  }
}
