import COpenSSL

/// SHA-256 (FIPS 180-4), in one shot or bit by bit, without any allocation.
///
/// The incremental form is a value: a copy continues on its own, which makes a shared prefix cheap.
package struct SHA256: Sendable {
  private var state = SHA256_CTX()

  /// Starts an empty digest.
  package init() {
    SHA256_Init(&state)
  }

  /// Digests `bytes` in one shot.
  package static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  /// Digests `bytes` in one shot.
  package static func digest(of bytes: [UInt8]) -> Digest {
    bytes.withUnsafeBytes { digest(of: $0) }
  }

  /// Digests the UTF-8 of `text` in one shot.
  package static func digest(of text: String) -> Digest {
    var text = text
    return text.withUTF8 { digest(of: UnsafeRawBufferPointer($0)) }
  }

  /// Adds `bytes` to what is digested.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&state, bytes.baseAddress, bytes.count)
  }

  /// Adds `bytes` to what is digested.
  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Adds the UTF-8 of `text` to what is digested.
  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// Returns the digest of everything added so far; more may be added afterwards.
  package func finalize() -> Digest {
    var last = state
    return withUnsafeTemporaryAllocation(
      byteCount: Digest.byteCount, alignment: MemoryLayout<UInt64>.alignment
    ) { output in
      SHA256_Final(output.baseAddress?.assumingMemoryBound(to: UInt8.self), &last)
      return Digest(loading: UnsafeRawBufferPointer(output))
    }
  }
}
