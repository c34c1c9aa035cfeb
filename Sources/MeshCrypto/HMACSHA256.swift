/// HMAC with SHA-256 (RFC 2104), keyed once and used for many messages.
///
/// The two padded key blocks are absorbed when the key is set, so that a short message costs two
/// compressions and no allocation.
package struct HMACSHA256: Sendable {
  private static let blockSize = 64

  private let inner: SHA256
  private let outer: SHA256

  /// Sets the key, of any length; keys above 64 bytes are digested first, as the RFC says.
  package init(key: [UInt8]) {
    let short = key.count > Self.blockSize ? SHA256.digest(of: key).bytes : key
    let block = short + [UInt8](repeating: 0, count: Self.blockSize - short.count)
    var inner = SHA256()
    inner.update(block.map { $0 ^ 0x36 })
    var outer = SHA256()
    outer.update(block.map { $0 ^ 0x5c })
    self.inner = inner
    self.outer = outer
  }

  /// Authenticates `message`.
  package func code(for message: UnsafeRawBufferPointer) -> Digest {
    var inner = inner
    inner.update(message)
    var outer = outer
    inner.finalize().withUnsafeBytes { outer.update($0) }
    return outer.finalize()
  }

  /// Authenticates `message`.
  package func code(for message: [UInt8]) -> Digest {
    message.withUnsafeBytes { code(for: $0) }
  }

  /// Says whether `code` authenticates `message`, in time that does not depend on where they
  /// differ.
  package func isValid(_ code: Digest, for message: UnsafeRawBufferPointer) -> Bool {
    self.code(for: message).withUnsafeBytes { expected in
      code.withUnsafeBytes { constantTimeEquals(expected, $0) }
    }
  }

  /// Says whether `code` authenticates `message`, in time that does not depend on where they
  /// differ.
  package func isValid(_ code: Digest, for message: [UInt8]) -> Bool {
    message.withUnsafeBytes { isValid(code, for: $0) }
  }
}
