import COpenSSL

/// The code by which one side tells the other why it ends the session (RFC 8446 section 6).
package struct TLSAlert: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The code on the wire.
  package let rawValue: UInt8

  /// Takes a code from the wire, known or not.
  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The certificate is damaged or does not hold for this use.
  package static let badCertificate = TLSAlert(rawValue: 42)
  /// The certificate's validity is over or has not begun.
  package static let certificateExpired = TLSAlert(rawValue: 45)
  /// The certificate was issued by an authority that the peer does not trust.
  package static let unknownAuthority = TLSAlert(rawValue: 48)
  /// The two sides have no version of TLS in common.
  package static let protocolVersion = TLSAlert(rawValue: 70)
  /// The peer requires a certificate and got none.
  package static let certificateRequired = TLSAlert(rawValue: 116)
  /// The two sides have no application protocol in common.
  package static let noApplicationProtocol = TLSAlert(rawValue: 120)

  /// The alert's name in the RFC's words, such as "certificate expired".
  package var description: String {
    // OpenSSL 3.0 does not name these two.
    switch self {
    case .certificateRequired: "certificate required"
    case .noApplicationProtocol: "no application protocol"
    default: String(cString: SSL_alert_desc_string_long(Int32(rawValue)))
    }
  }
}
