import COpenSSL

/// What protects an open session, for people who look into a process.
package struct TLSDetails: Sendable, Hashable {
  /// The cipher suite by its name in IANA's registry, for example `TLS_AES_256_GCM_SHA384`.
  package let cipherSuite: String
  /// Our own certificate in DER; empty if we have shown none.
  package let localCertificate: [UInt8]
  /// The peer's certificate in DER; empty if it has shown none.
  package let remoteCertificate: [UInt8]
}

extension TLSSession {
  /// What protects the session; nil until it is open.
  package var details: TLSDetails? {
    guard let cipher = SSL_get_current_cipher(ssl), let name = SSL_CIPHER_standard_name(cipher)
    else { return nil }
    return TLSDetails(
      cipherSuite: String(cString: name),
      localCertificate: Self.encoded(SSL_get_certificate(ssl)),
      remoteCertificate: Self.encoded(SSL_get0_peer_certificate(ssl)))
  }

  private static func encoded(_ certificate: OpaquePointer?) -> [UInt8] {
    guard let certificate else { return [] }
    let size = i2d_X509(certificate, nil)
    guard size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      var next = buffer.baseAddress
      count = Int(max(0, i2d_X509(certificate, &next)))
    }
  }
}
