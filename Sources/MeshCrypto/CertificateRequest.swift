/// When a certificate is valid, in Unix seconds, both ends included.
package struct CertificateValidity: Sendable, Hashable {
  /// The first second.
  package let notBefore: Int64
  /// The last second.
  package let notAfter: Int64

  /// Takes both ends; either may lie in the past.
  package init(notBefore: Int64, notAfter: Int64) {
    self.notBefore = notBefore
    self.notAfter = notAfter
  }

  /// Makes a validity of `days` from `now`, dated back by an hour for peers whose clocks are late.
  package static func days(_ days: Int, from now: Int64) -> CertificateValidity {
    CertificateValidity(notBefore: now - 3600, notAfter: now + Int64(days) * 86_400)
  }
}

/// The kinds of keys that certificates are made for.
package enum CertificateKeyType: Sendable, CaseIterable {
  /// ECDSA on P-256, which every TLS client accepts.
  case p256
  /// Ed25519, which some clients, gRPC's among them, refuse by default.
  case ed25519
}

/// What a leaf certificate says: names, validity and what it may be used for.
package struct CertificateRequest: Sendable {
  /// What the holder of a certificate may be in a TLS handshake.
  package enum Usage: Sendable {
    /// The server only.
    case server
    /// The client only.
    case client
    /// Either, as between services that call each other.
    case both
  }

  /// The subject's common name, 1 to 64 characters; for people, not checked by TLS.
  package var commonName: String
  /// Host names, where the first label may be `*`.
  package var dnsNames: [String]
  /// IP addresses in text form, version 4 or 6.
  package var ipAddresses: [String]
  /// URIs, such as the SPIFFE ID of a service; a workload's certificate has exactly one.
  package var uris: [String]
  /// When the certificate is valid.
  package var validity: CertificateValidity
  /// What the certificate may be used for.
  package var usage: Usage
  /// The kind of key to generate.
  package var keyType: CertificateKeyType

  /// Asks for a certificate; names that are left out are absent.
  package init(
    commonName: String, dnsNames: [String] = [], ipAddresses: [String] = [], uris: [String] = [],
    validity: CertificateValidity, usage: Usage = .both, keyType: CertificateKeyType = .p256
  ) {
    self.commonName = commonName
    self.dnsNames = dnsNames
    self.ipAddresses = ipAddresses
    self.uris = uris
    self.validity = validity
    self.usage = usage
    self.keyType = keyType
  }
}

/// A new certificate with its private key, as PEM text.
package struct IssuedCertificate: Sendable {
  /// The certificate, followed by those of intermediate authorities: what a server presents.
  package let chainPEM: String
  /// The private key (PKCS #8, not encrypted): write it where only its owner reads.
  package let privateKeyPEM: String
}
