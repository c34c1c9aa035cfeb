import COpenSSL

/// An Ed25519 private key (RFC 8032): makes signatures of 64 bytes.
package struct Ed25519PrivateKey: Sendable {
  /// The size of a raw private key in bytes.
  package static let byteCount = 32

  private let key: KeyHandle
  /// The key that verifies what this one signs.
  package let publicKey: Ed25519PublicKey

  /// Generates a new key.
  package init() throws(CryptoError) {
    try self.init(key: KeyHandle.generate(.ed25519))
  }

  /// Takes the 32 raw bytes of a key (the seed of RFC 8032).
  package init(rawBytes: [UInt8]) throws(CryptoError) {
    guard rawBytes.count == Self.byteCount else {
      throw .wrongLength(expected: Self.byteCount, actual: rawBytes.count)
    }
    let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, rawBytes, rawBytes.count)
    try self.init(key: KeyHandle(owning: key))
  }

  /// Reads an unencrypted PKCS #8 key from PEM text.
  package init(pem: String) throws(CryptoError) {
    try self.init(key: KeyHandle.privateKey(pem: [UInt8](pem.utf8)))
  }

  /// Reads an unencrypted PKCS #8 key from a PEM file.
  package init(pemFile path: String) throws(CryptoError) {
    let contents = try PEMFile.read(path)
    do {
      try self.init(key: KeyHandle.privateKey(pem: contents))
    } catch {
      throw .unreadable(path: path, reason: error.description)
    }
  }

  private init(key: KeyHandle) throws(CryptoError) {
    guard EVP_PKEY_get_id(key.pointer) == EVP_PKEY_ED25519 else {
      throw .wrongKeyType(expected: "Ed25519")
    }
    self.key = key
    publicKey = try Ed25519PublicKey(rawBytes: Ed25519PublicKey.rawBytes(of: key))
  }

  /// The key as PKCS #8 PEM text, not encrypted: write it where only its owner reads.
  package var pem: String {
    key.privatePEM
  }

  /// The 32 raw bytes of the key.
  package var rawBytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, initialized in
      initialized = Self.byteCount
      let read = EVP_PKEY_get_raw_private_key(key.pointer, buffer.baseAddress, &initialized)
      precondition(read == 1, "an Ed25519 private key has its raw bytes")
    }
  }

  /// Signs `message`, in some 30 microseconds; throws only when OpenSSL is out of memory.
  package func sign(_ message: UnsafeRawBufferPointer) throws(CryptoError) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    let bytes = message.assumingMemoryBound(to: UInt8.self)
    var signed: Int32 = EVP_DigestSignInit(context, nil, nil, nil, key.pointer)
    let signature = [UInt8](unsafeUninitializedCapacity: Ed25519PublicKey.signatureByteCount) {
      buffer, initialized in
      initialized = buffer.count
      guard signed == 1 else { return }
      signed = EVP_DigestSign(
        context, buffer.baseAddress, &initialized, bytes.baseAddress, bytes.count)
    }
    guard signed == 1 else { throw .openSSL(reason: CryptoError.lastReason()) }
    return signature
  }

  /// Signs `message`; throws only when OpenSSL is out of memory.
  package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    try message.span.bytes.withUnsafeBytes { (bytes) throws(CryptoError) in try sign(bytes) }
  }
}

/// An Ed25519 public key (RFC 8032): verifies signatures.
package struct Ed25519PublicKey: Sendable, Hashable {
  /// The size of a raw public key in bytes.
  package static let byteCount = 32
  /// The size of a signature in bytes.
  package static let signatureByteCount = 64

  /// The 32 raw bytes of the key.
  package let rawBytes: [UInt8]
  private let key: KeyHandle

  /// Takes the 32 raw bytes of a key.
  package init(rawBytes: [UInt8]) throws(CryptoError) {
    guard rawBytes.count == Self.byteCount else {
      throw .wrongLength(expected: Self.byteCount, actual: rawBytes.count)
    }
    let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, rawBytes, rawBytes.count)
    self.key = try KeyHandle(owning: key)
    self.rawBytes = rawBytes
  }

  /// Reads a SubjectPublicKeyInfo key from PEM text.
  package init(pem: String) throws(CryptoError) {
    let key = try KeyHandle.publicKey(pem: [UInt8](pem.utf8))
    guard EVP_PKEY_get_id(key.pointer) == EVP_PKEY_ED25519 else {
      throw .wrongKeyType(expected: "Ed25519")
    }
    rawBytes = Self.rawBytes(of: key)
    self.key = key
  }

  /// Reads a SubjectPublicKeyInfo key from a PEM file.
  package init(pemFile path: String) throws(CryptoError) {
    let contents = try PEMFile.read(path)
    do {
      try self.init(pem: String(decoding: contents, as: UTF8.self))
    } catch {
      throw .unreadable(path: path, reason: error.description)
    }
  }

  /// The key as SubjectPublicKeyInfo PEM text.
  package var pem: String {
    key.publicPEM
  }

  /// Says whether `signature` is this key's for `message`, in some 100 microseconds.
  package func isValid(
    _ signature: UnsafeRawBufferPointer, for message: UnsafeRawBufferPointer
  ) -> Bool {
    guard signature.count == Self.signatureByteCount else { return false }
    let context = EVP_MD_CTX_new()
    // A failed verification leaves an entry in the thread's queue, where TLS would find it.
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key.pointer) == 1 else { return false }
    let signature = signature.assumingMemoryBound(to: UInt8.self)
    let message = message.assumingMemoryBound(to: UInt8.self)
    return EVP_DigestVerify(
      context, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1
  }

  /// Says whether `signature` is this key's for `message`.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    signature.withUnsafeBytes { signature in
      message.withUnsafeBytes { isValid(signature, for: $0) }
    }
  }

  /// Compares the raw bytes.
  package static func == (left: Ed25519PublicKey, right: Ed25519PublicKey) -> Bool {
    left.rawBytes == right.rawBytes
  }

  /// Feeds the raw bytes to a hasher.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(rawBytes)
  }

  static func rawBytes(of key: KeyHandle) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
      initialized = byteCount
      let read = EVP_PKEY_get_raw_public_key(key.pointer, buffer.baseAddress, &initialized)
      precondition(read == 1, "an Ed25519 key has its raw public bytes")
    }
  }
}
