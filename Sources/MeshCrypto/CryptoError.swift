import COpenSSL

/// Why a key, a password hash or a certificate could not be read or made.
package enum CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Raw key material has `actual` bytes where `expected` are needed.
  case wrongLength(expected: Int, actual: Int)
  /// A file could not be opened or has no such PEM object; the reason is the system's or OpenSSL's.
  case unreadable(path: String, reason: String)
  /// PEM text has no readable object of the kind asked for; an encrypted key is not readable.
  case missingFromPEM(String)
  /// The PEM object holds another kind of key than the one asked for.
  case wrongKeyType(expected: String)
  /// An encoded password hash is not of the form that `PasswordHash` writes.
  case malformedPasswordHash
  /// scrypt parameters are outside of what this process agrees to spend.
  case unacceptableParameters
  /// A name cannot stand in a certificate.
  case invalidName(String)
  /// A certificate may not sign others, or the private key given with it is another's.
  case notAnAuthority
  /// OpenSSL refused an operation that has no other reason to fail, such as for want of memory.
  case openSSL(reason: String)

  /// The error as one line of text, lower case, without a full stop.
  package var description: String {
    switch self {
    case .wrongLength(let expected, let actual): "key is \(actual) bytes; it must be \(expected)"
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .missingFromPEM(let kind): "no unencrypted \(kind) in PEM form"
    case .wrongKeyType(let expected): "key is not of type \(expected)"
    case .malformedPasswordHash: "malformed password hash"
    case .unacceptableParameters: "scrypt parameters are out of bounds"
    case .invalidName(let name): "\"\(name)\" cannot be a certificate name"
    case .notAnAuthority: "not the certificate and private key of an authority"
    case .openSSL(let reason): "openssl: \(reason)"
    }
  }

  /// Takes the oldest reason from this thread's OpenSSL error queue and empties the queue.
  static func lastReason() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard let text = ERR_reason_error_string(code) else { return "unknown reason" }
    return String(cString: text)
  }
}
