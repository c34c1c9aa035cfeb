/// A session's secret as its holder carries it: `tny_`, 27 characters of randomness, 6 of checksum.
///
/// The prefix lets scanners find a leaked token; the checksum tells a real one from a mistyped one
/// without asking anybody. Both parts are base62, so a double click takes all of it.
struct SessionToken: Sendable, Hashable {
  static let prefix = "tny_"
  /// 160 bits: more than a search of all of them could ever cover.
  static let randomByteCount = 20
  private static let randomLength = 27
  private static let checksumLength = 6

  /// The whole token.
  let text: String

  /// Makes a token.
  ///
  /// - Parameters:
  ///   - random: 20 unpredictable bytes.
  ///   - checksum: CRC-32 of a text's UTF-8.
  init(random: [UInt8], checksum: (String) -> UInt32) {
    precondition(random.count == Self.randomByteCount, "a token needs 20 random bytes")
    let body = Self.prefix + Base62.encode(random, length: Self.randomLength)
    text = body + Self.check(body, checksum)
  }

  /// Reads a token; nil for anything that was never one of ours.
  init?(_ text: String, checksum: (String) -> UInt32) {
    guard text.utf8.count == Self.prefix.utf8.count + Self.randomLength + Self.checksumLength,
      text.hasPrefix(Self.prefix),
      text.utf8.dropFirst(Self.prefix.utf8.count).allSatisfy(Base62.alphabet.contains)
    else { return nil }
    let body = String(text.dropLast(Self.checksumLength))
    guard text.hasSuffix(Self.check(body, checksum)) else { return nil }
    self.text = text
  }

  private static func check(_ body: String, _ checksum: (String) -> UInt32) -> String {
    let value = checksum(body)
    let bytes = stride(from: 24, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: value >> UInt32($0))
    }
    return Base62.encode(bytes, length: checksumLength)
  }
}

/// Big-endian bytes as digits 0-9, A-Z, a-z.
enum Base62 {
  static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// Writes `bytes` as one number, padded with zeros to `length` digits, which must be enough.
  static func encode(_ bytes: [UInt8], length: Int) -> String {
    var number = bytes
    var digits: [UInt8] = []
    for _ in 0..<length {
      var remainder = 0
      for index in number.indices {
        let value = remainder << 8 | Int(number[index])
        number[index] = UInt8(value / 62)
        remainder = value % 62
      }
      digits.append(alphabet[remainder])
    }
    precondition(number.allSatisfy { $0 == 0 }, "the digits hold the whole number")
    return String(decoding: digits.reversed(), as: UTF8.self)
  }
}
