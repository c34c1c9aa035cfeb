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
    String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
      var position = 0
      func put(_ value: UInt32) {
        output[position] = character(UInt8(truncatingIfNeeded: value & 0x3f), alphabet)
        position += 1
      }
      var index = 0
      while index + 3 <= bytes.count {
        let group =
          UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
        put(group >> 18)
        put(group >> 12)
        put(group >> 6)
        put(group)
        index += 3
      }
      let rest = bytes.count - index
      guard rest > 0 else { return position }
      let group = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
      put(group >> 18)
      put(group >> 12)
      if rest == 2 { put(group >> 6) }
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
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits = 0
    for index in 0..<digits {
      guard let value = value(text[index], alphabet) else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      group &= (1 << UInt32(bits)) - 1
    }
    return group == 0 ? bytes : nil
  }

  private static let pad = UInt8(ascii: "=")

  private static func character(_ value: UInt8, _ alphabet: Alphabet) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + value - 26
    case 52..<62: UInt8(ascii: "0") + value - 52
    case 62: alphabet == .url ? UInt8(ascii: "-") : UInt8(ascii: "+")
    default: alphabet == .url ? UInt8(ascii: "_") : UInt8(ascii: "/")
    }
  }

  private static func value(_ character: UInt8, _ alphabet: Alphabet) -> UInt8? {
    switch (character, alphabet) {
    case (UInt8(ascii: "A")...UInt8(ascii: "Z"), _): character - UInt8(ascii: "A")
    case (UInt8(ascii: "a")...UInt8(ascii: "z"), _): character - UInt8(ascii: "a") + 26
    case (UInt8(ascii: "0")...UInt8(ascii: "9"), _): character - UInt8(ascii: "0") + 52
    case (UInt8(ascii: "+"), .standard), (UInt8(ascii: "+"), .either): 62
    case (UInt8(ascii: "-"), .url), (UInt8(ascii: "-"), .either): 62
    case (UInt8(ascii: "/"), .standard), (UInt8(ascii: "/"), .either): 63
    case (UInt8(ascii: "_"), .url), (UInt8(ascii: "_"), .either): 63
    default: nil
    }
  }
}
