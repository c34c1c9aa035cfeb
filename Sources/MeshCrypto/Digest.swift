import MeshText

/// A SHA-256 digest: 32 bytes, held as four machine words so that it hashes and compares quickly.
///
/// `==` is not constant time; compare secrets with `constantTimeEquals`.
package struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The size of a digest in bytes.
  package static let byteCount = 32

  // Big-endian words, so that the order of digests is the order of their bytes.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Makes a digest from its 32 bytes; nil for any other count.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(loading: bytes)
  }

  /// Makes a digest from its 32 bytes; nil for any other count.
  package init?(_ bytes: [UInt8]) {
    guard let digest = bytes.withUnsafeBytes({ Digest($0) }) else { return nil }
    self = digest
  }

  /// Makes a digest from 64 hexadecimal digits, of either case; nil for anything else.
  package init?(hex: String) {
    guard let bytes = Hex.decode(hex) else { return nil }
    self.init(bytes)
  }

  init(loading bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == Self.byteCount)
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// Calls `body` with the 32 bytes, valid only during the call.
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let stored = (
      words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
    )
    return try Swift.withUnsafeBytes(of: stored, body)
  }

  /// The 32 bytes as an array.
  package var bytes: [UInt8] {
    withUnsafeBytes { [UInt8]($0) }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  package var hex: String {
    withUnsafeBytes { Hex.encode($0) }
  }

  /// The same as `hex`.
  package var description: String {
    hex
  }

  /// Compares all 32 bytes; not constant time.
  package static func == (left: Digest, right: Digest) -> Bool {
    left.words == right.words
  }

  /// Orders digests as their bytes are ordered.
  package static func < (left: Digest, right: Digest) -> Bool {
    left.words < right.words
  }

  /// Feeds the digest to a hasher.
  package func hash(into hasher: inout Hasher) {
    // A digest is uniformly spread already, but tables of attacker-chosen input still need the
    // seed.
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}
