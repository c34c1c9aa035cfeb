import COpenSSL

/// Puts one X.509 version 3 certificate together (RFC 5280) and signs it.
struct CertificateBuilder {
  private let certificate: CertificateHandle
  // The certificate itself when it will be self-signed.
  private let issuer: CertificateHandle

  /// Starts a certificate for `key` with a random serial number; without an issuer it is a root's.
  init(
    commonName: String, validity: CertificateValidity, key: KeyHandle, issuer: CertificateHandle?
  ) throws(CryptoError) {
    certificate = try CertificateHandle(owning: X509_new())
    self.issuer = issuer ?? certificate
    let pointer = certificate.pointer
    try check(X509_set_version(pointer, Int(X509_VERSION_3)))
    try check(X509_set_pubkey(pointer, key.pointer))
    try check(Self.setSerialNumber(pointer))
    guard let start = ASN1_TIME_set(X509_getm_notBefore(pointer), Int(validity.notBefore)),
      let end = ASN1_TIME_set(X509_getm_notAfter(pointer), Int(validity.notAfter)),
      ASN1_TIME_compare(start, end) <= 0
    else { throw .openSSL(reason: "validity ends before it starts or after the year 9999") }
    let name = [UInt8](commonName.utf8)
    guard
      copenssl_add_common_name(X509_get_subject_name(pointer), name, Int32(name.count)) == 1,
      !name.isEmpty
    else {
      ERR_clear_error()
      throw .invalidName(commonName)
    }
    try check(X509_set_issuer_name(pointer, X509_get_subject_name(self.issuer.pointer)))
    try add(NID_subject_key_identifier, "hash")
    if issuer != nil { try add(NID_authority_key_identifier, "keyid:always") }
  }

  /// Adds an extension in the notation of OpenSSL's x509v3_config(5); never with foreign text in
  /// it.
  func add(_ nid: Int32, _ value: String) throws(CryptoError) {
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer.pointer, certificate.pointer, nil, nil, 0)
    let made = X509V3_EXT_conf_nid(nil, &context, nid, value)
    defer { X509_EXTENSION_free(made) }
    try check(made == nil ? 0 : X509_add_ext(certificate.pointer, made, -1))
  }

  /// Adds the subject alternative names; nothing if there are none.
  func addAlternativeNames(
    dnsNames: [String], ipAddresses: [String], uris: [String]
  ) throws(CryptoError) {
    guard !dnsNames.isEmpty || !ipAddresses.isEmpty || !uris.isEmpty else { return }
    let names = copenssl_names_new()
    defer { GENERAL_NAMES_free(names) }
    for name in dnsNames {
      try push(Self.text(name), of: GEN_DNS, named: name, to: names)
    }
    for address in ipAddresses {
      try push(a2i_IPADDRESS(address), of: GEN_IPADD, named: address, to: names)
    }
    for uri in uris {
      try push(uri.contains(":") ? Self.text(uri) : nil, of: GEN_URI, named: uri, to: names)
    }
    try check(copenssl_add_alternative_names(certificate.pointer, names))
  }

  /// Signs the certificate with the issuer's key and returns it complete.
  func sign(with key: KeyHandle) throws(CryptoError) -> CertificateHandle {
    // Ed25519 brings its own digest.
    let digest = EVP_PKEY_get_id(key.pointer) == EVP_PKEY_ED25519 ? nil : EVP_sha256()
    try check(X509_sign(certificate.pointer, key.pointer, digest) > 0 ? 1 : 0)
    return certificate
  }

  private func push(
    _ value: UnsafeMutablePointer<ASN1_STRING>?, of type: Int32, named name: String,
    to names: OpaquePointer?
  ) throws(CryptoError) {
    guard let value, let entry = GENERAL_NAME_new() else {
      ERR_clear_error()
      throw .invalidName(name)
    }
    GENERAL_NAME_set0_value(entry, type, value)
    try check(copenssl_names_push(names, entry) > 0 ? 1 : 0)
  }

  /// Returns the text as an IA5String; nil unless it is printable ASCII without spaces.
  private static func text(_ text: String) -> UnsafeMutablePointer<ASN1_STRING>? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    let string = ASN1_IA5STRING_new()
    ASN1_STRING_set(string, text, Int32(text.utf8.count))
    return string
  }

  /// Sets 127 random bits: RFC 5280 wants serial numbers positive and at most 20 bytes.
  private static func setSerialNumber(_ certificate: OpaquePointer) -> Int32 {
    var bytes = SecureRandom.bytes(16)
    bytes[0] &= 0x7f
    let number = BN_bin2bn(bytes, Int32(bytes.count), nil)
    defer { BN_free(number) }
    let serial = BN_to_ASN1_INTEGER(number, nil)
    defer { ASN1_INTEGER_free(serial) }
    return X509_set_serialNumber(certificate, serial)
  }
}

private func check(_ result: Int32) throws(CryptoError) {
  guard result == 1 else { throw .openSSL(reason: CryptoError.lastReason()) }
}
