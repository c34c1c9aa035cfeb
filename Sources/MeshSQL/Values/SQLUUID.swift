/// A UUID as sixteen bytes, for parameters and columns that should not pass through text.
package struct SQLUUID: Sendable, Hashable {
  let high: UInt64
  let low: UInt64

  /// Takes the two halves in network order.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Parses the 36-character form of RFC 9562 §4, in either case; nil for anything else.
  package init?(_ text: some StringProtocol) {
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    var position = 0
    for byte in text.utf8 {
      defer { position += 1 }
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let value = Self.value(ofHexDigit: byte), digits < 32 else { return nil }
      if digits < 16 {
        halves.0 = halves.0 << 4 | value
      } else {
        halves.1 = halves.1 << 4 | value
      }
      digits += 1
    }
    guard position == 36, digits == 32 else { return nil }
    self.init(high: halves.0, low: halves.1)
  }

  private static func value(ofHexDigit byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension SQLUUID: CustomStringConvertible {
  /// The 36-character form in lower case.
  package var description: String {
    String(unsafeUninitializedCapacity: 36) { output in
      var position = 0
      for nibble in 0..<32 {
        if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
          output[position] = UInt8(ascii: "-")
          position += 1
        }
        let half = nibble < 16 ? high : low
        let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - nibble % 16 * 4)) & 0xF
        output[position] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        position += 1
      }
      return position
    }
  }
}
