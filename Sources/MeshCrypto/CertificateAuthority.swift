import COpenSSL

/// Issues X.509 certificates: for a local mesh, for tests, and for installations without a PKI.
///
/// It keeps no list of what it issued; certificates are short-lived and replaced, not revoked.
package struct CertificateAuthority: Sendable {
  /// The authority's own certificate: what peers trust.
  package let certificatePEM: String
  private let certificate: CertificateHandle
  private let key: KeyHandle
  // The certificates between a leaf and the root, which a server has to present; empty for a root.
  private let intermediatesPEM: String

  /// Makes a new root: a key pair and a certificate signed with it.
  package init(
    commonName: String, validity: CertificateValidity, keyType: CertificateKeyType = .p256
  ) throws(CryptoError) {
    let key = try KeyHandle.generate(keyType)
    let builder = try CertificateBuilder(
      commonName: commonName, validity: validity, key: key, issuer: nil)
    try builder.add(NID_basic_constraints, "critical,CA:TRUE")
    try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign")
    self.init(certificate: try builder.sign(with: key), key: key, intermediatesPEM: "")
  }

  /// Takes up an authority again from its certificate and its private key, both PEM text.
  ///
  /// Throws `notAnAuthority` if the certificate may not sign others or is of another key.
  package init(certificatePEM: String, privateKeyPEM: String) throws(CryptoError) {
    let certificate = try CertificateHandle(pem: certificatePEM)
    let key = try KeyHandle.privateKey(pem: [UInt8](privateKeyPEM.utf8))
    guard X509_check_ca(certificate.pointer) == 1,
      X509_check_private_key(certificate.pointer, key.pointer) == 1
    else {
      ERR_clear_error()
      throw .notAnAuthority
    }
    let isRoot = X509_self_signed(certificate.pointer, 0) == 1
    self.init(
      certificate: certificate, key: key, intermediatesPEM: isRoot ? "" : certificatePEM)
  }

  private init(certificate: CertificateHandle, key: KeyHandle, intermediatesPEM: String) {
    self.certificate = certificate
    self.key = key
    self.intermediatesPEM = intermediatesPEM
    certificatePEM = certificate.pem
  }

  /// The authority's private key (PKCS #8, not encrypted): whoever has it is the authority.
  package var privateKeyPEM: String {
    key.privatePEM
  }

  /// Issues a leaf certificate for a key that is generated on the spot.
  ///
  /// Throws `invalidName` for a name that cannot stand in a certificate.
  package func issue(_ request: CertificateRequest) throws(CryptoError) -> IssuedCertificate {
    let leafKey = try KeyHandle.generate(request.keyType)
    let builder = try CertificateBuilder(
      commonName: request.commonName, validity: request.validity, key: leafKey,
      issuer: certificate)
    try builder.add(NID_basic_constraints, "critical,CA:FALSE")
    try builder.add(NID_key_usage, "critical,digitalSignature")
    try builder.add(NID_ext_key_usage, request.usage.extendedKeyUsage)
    try builder.addAlternativeNames(
      dnsNames: request.dnsNames, ipAddresses: request.ipAddresses, uris: request.uris)
    let leaf = try builder.sign(with: key)
    return IssuedCertificate(
      chainPEM: leaf.pem + intermediatesPEM, privateKeyPEM: leafKey.privatePEM)
  }

  /// Issues an intermediate authority, which may sign leaves but no further authority.
  package func issueAuthority(
    commonName: String, validity: CertificateValidity, keyType: CertificateKeyType = .p256
  ) throws(CryptoError) -> CertificateAuthority {
    let key = try KeyHandle.generate(keyType)
    let builder = try CertificateBuilder(
      commonName: commonName, validity: validity, key: key, issuer: certificate)
    try builder.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
    try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign")
    let certificate = try builder.sign(with: self.key)
    return CertificateAuthority(
      certificate: certificate, key: key, intermediatesPEM: certificate.pem + intermediatesPEM)
  }
}

extension CertificateRequest.Usage {
  fileprivate var extendedKeyUsage: String {
    switch self {
    case .server: "serverAuth"
    case .client: "clientAuth"
    case .both: "serverAuth,clientAuth"
    }
  }
}
