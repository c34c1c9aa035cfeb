/// A SHA-256 digest in a ledger: 32 bytes.
struct ChainHash: Sendable, Hashable {
  static let byteCount = 32

  /// What the first entry of every ledger follows.
  static let genesis = ChainHash(words: (0, 0, 0, 0))

  private let words: (UInt64, UInt64, UInt64, UInt64)

  private init(words: (UInt64, UInt64, UInt64, UInt64)) {
    self.words = words
  }

  /// Takes 32 bytes; nil for any other count.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount else { return nil }
    func word(_ index: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// Takes 32 bytes; nil for any other count.
  init?(_ bytes: [UInt8]) {
    guard let hash = bytes.withUnsafeBytes({ ChainHash($0) }) else { return nil }
    self = hash
  }

  /// Calls `body` with the 32 bytes, valid only during the call.
  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Swift.withUnsafeBytes(of: words, body)
  }

  /// The 32 bytes.
  var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  static func == (left: ChainHash, right: ChainHash) -> Bool { left.words == right.words }

  func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension ChainHash: CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
  }
}
