import COpenSSL

/// Owns one `EVP_PKEY`.
///
/// Unchecked because the pointer is not `Sendable`; the key is never changed after `init`, and
/// OpenSSL allows any number of threads to use an unchanging key.
final class KeyHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes ownership of `pointer`; a null is OpenSSL's way to say that it failed.
  init(owning pointer: OpaquePointer?) throws(CryptoError) {
    guard let pointer else { throw .openSSL(reason: CryptoError.lastReason()) }
    self.pointer = pointer
  }

  deinit {
    EVP_PKEY_free(pointer)
  }

  /// Generates a new private key.
  static func generate(_ type: CertificateKeyType) throws(CryptoError) -> KeyHandle {
    switch type {
    case .p256: try KeyHandle(owning: copenssl_generate_p256())
    case .ed25519: try KeyHandle(owning: copenssl_generate_ed25519())
    }
  }

  /// Reads an unencrypted private key from PEM text (PKCS #8 or traditional).
  static func privateKey(pem: [UInt8]) throws(CryptoError) -> KeyHandle {
    let bio = MemoryBIO(reading: pem)
    guard let key = copenssl_read_private_key(bio.pointer) else {
      ERR_clear_error()
      throw .missingFromPEM("private key")
    }
    return try KeyHandle(owning: key)
  }

  /// Reads a public key (SubjectPublicKeyInfo) from PEM text.
  static func publicKey(pem: [UInt8]) throws(CryptoError) -> KeyHandle {
    let bio = MemoryBIO(reading: pem)
    guard let key = PEM_read_bio_PUBKEY(bio.pointer, nil, nil, nil) else {
      ERR_clear_error()
      throw .missingFromPEM("public key")
    }
    return try KeyHandle(owning: key)
  }

  /// The private key as PKCS #8 PEM text, not encrypted.
  var privatePEM: String {
    let bio = MemoryBIO()
    let written = PEM_write_bio_PKCS8PrivateKey(bio.pointer, pointer, nil, nil, 0, nil, nil)
    precondition(written == 1, "only a key with its private half is asked for it")
    return bio.text
  }

  /// The public key as SubjectPublicKeyInfo PEM text.
  var publicPEM: String {
    let bio = MemoryBIO()
    let written = PEM_write_bio_PUBKEY(bio.pointer, pointer)
    precondition(written == 1, "every key has a public half")
    return bio.text
  }
}
