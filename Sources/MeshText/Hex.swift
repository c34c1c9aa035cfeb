/// Hexadecimal text (RFC 4648 section 8): written in lower case, read in either.
package enum Hex {
  /// Writes two lower-case digits for each byte.
  package static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { output in
      var position = 0
      for byte in bytes {
        output[position] = digit(byte >> 4)
        output[position + 1] = digit(byte & 0xf)
        position += 2
      }
      return position
    }
  }

  /// Writes two lower-case digits for each byte.
  package static func encode(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { encode($0) }
  }

  /// Reads pairs of digits; nil if their count is odd or anything else is in between.
  package static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { digits in
      guard digits.count.isMultiple(of: 2) else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(digits.count / 2)
      for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = value(digits[index]), let low = value(digits[index + 1]) else {
          return nil
        }
        bytes.append(high << 4 | low)
      }
      return bytes
    }
  }

  /// The lower-case digit for a value below 16, in ASCII.
  package static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// The value of an ASCII digit of either case; nil for anything else.
  package static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
