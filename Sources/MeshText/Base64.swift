/// Base64 text (RFC 4648 sections 4 and 5), read strictly.
///
/// Strict means: no white space, no characters of the other alphabet, no bits set beyond the last
/// byte. So each byte string has exactly one text in one alphabet and padding.
package enum Base64 {
  /// The alphabets of RFC 4648.
  package enum Alphabet: Sendable {
    /// With `+` and `/` (section 4).
    case standard
    /// With `-` and `_`, safe in URLs and file names (section 5).
    case url
    /// Reads both, as proto3 JSON asks of a reader; writes the standard one.
    case either
  }

  /// What a reader expects of the `=` at the end.
  package enum Padding: Sendable {
    /// The text fills whole groups of four.
    case required
    /// The text has no `=`.
    case forbidden
    /// Either is fine, as gRPC asks of a receiver of binary metadata.
    case optional
  }

  /// Writes `bytes` as text.
  package static func encode(
    _ bytes: UnsafeRawBufferPointer, alphabet: Alphabet = .standard, padded: Bool = true
  ) -> String {
    let digits = alphabet == .url ? urlDigits.utf8Start : standardDigits.utf8Start
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
      var (index, position) = (0, 0)
      while index &+ 3 <= bytes.count {
        let group =
          Int(bytes[index]) &<< 16 | Int(bytes[index &+ 1]) &<< 8 | Int(bytes[index &+ 2])
        output[position] = digits[group &>> 18]
        output[position &+ 1] = digits[group &>> 12 & 0x3f]
        output[position &+ 2] = digits[group &>> 6 & 0x3f]
        output[position &+ 3] = digits[group & 0x3f]
        index &+= 3
        position &+= 4
      }
      let rest = bytes.count - index
      guard rest > 0 else { return position }
      let group = Int(bytes[index]) << 16 | (rest == 2 ? Int(bytes[index + 1]) << 8 : 0)
      for shift in [18, 12, 6].prefix(rest + 1) {
        output[position] = digits[group >> shift & 0x3f]
        position += 1
      }
      while padded && !position.isMultiple(of: 4) {
        output[position] = pad
        position += 1
      }
      return position
    }
  }

  /// Writes `bytes` as text.
  package static func encode(
    _ bytes: [UInt8], alphabet: Alphabet = .standard, padded: Bool = true
  ) -> String {
    bytes.withUnsafeBytes { encode($0, alphabet: alphabet, padded: padded) }
  }

  /// Reads text; nil if it is not strictly what `alphabet` and `padding` say.
  package static func decode(
    _ text: String, alphabet: Alphabet = .standard, padding: Padding = .required
  ) -> [UInt8]? {
    var text = text
    return text.withUTF8 {
      decode(UnsafeRawBufferPointer($0), alphabet: alphabet, padding: padding)
    }
  }

  /// Reads text given as ASCII bytes; nil if it is not strictly what `alphabet` and `padding` say.
  package static func decode(
    _ text: UnsafeRawBufferPointer, alphabet: Alphabet = .standard, padding: Padding = .required
  ) -> [UInt8]? {
    let pads = text.reversed().prefix(while: { $0 == pad }).count
    let digits = text.count - pads
    let remainder = digits % 4
    let missing = remainder == 0 ? 0 : 4 - remainder
    guard remainder != 1 else { return nil }
    switch padding {
    case .required: guard pads == missing else { return nil }
    case .forbidden: guard pads == 0 else { return nil }
    case .optional: guard pads == 0 || pads == missing else { return nil }
    }
    var isValid = true
    let bytes = [UInt8](unsafeUninitializedCapacity: digits / 4 * 3 + 2) { output, count in
      // Each group of four digits is three bytes, and the last may be shorter.
      for start in stride(from: 0, to: digits, by: 4) {
        let size = min(4, digits - start)
        var (group, seen): (UInt32, UInt32) = (0, 0)
        for index in start..<start + size {
          let value = value(text[index], alphabet)
          seen |= value
          group = group << 6 | value
        }
        let spare = UInt32(size * 6 % 8)
        guard seen < 64, group & ((1 << spare) - 1) == 0 else {
          isValid = false
          return
        }
        group = (group >> spare) << UInt32(32 - size * 6 / 8 * 8)
        for _ in 0..<size * 6 / 8 {
          output[count] = UInt8(truncatingIfNeeded: group >> 24)
          group <<= 8
          count += 1
        }
      }
    }
    return isValid ? bytes : nil
  }

  private static let pad = UInt8(ascii: "=")

  /// Static, because what a text is made of is then an address and not an array to be kept.
  private static let standardDigits: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  private static let urlDigits: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

  /// What a digit stands for; 64 or more for anything else.
  private static func value(_ character: UInt8, _ alphabet: Alphabet) -> UInt32 {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
    case UInt8(ascii: "+") where alphabet != .url: 62
    case UInt8(ascii: "/") where alphabet != .url: 63
    case UInt8(ascii: "-") where alphabet != .standard: 62
    case UInt8(ascii: "_") where alphabet != .standard: 63
    default: 64
    }
  }
}
