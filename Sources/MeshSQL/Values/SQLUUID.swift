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
  package init?(_ text: String) {
    var text = text
    guard let uuid = text.withUTF8({ SQLUUID(text: $0) }) else { return nil }
    self = uuid
  }

  private init?(text: UnsafeBufferPointer<UInt8>) {
    guard text.count == Self.textSize else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var position = 0
    for byte in 0..<16 {
      if Self.isBehindHyphen(byte) {
        guard text[position] == UInt8(ascii: "-") else { return nil }
        position += 1
      }
      let (high, low) = (Self.value(of: text[position]), Self.value(of: text[position + 1]))
      guard high | low < 16 else { return nil }
      position += 2
      // What has been shifted out of the second half is the first one.
      halves.0 = halves.0 << 8 | halves.1 >> 56
      halves.1 = halves.1 << 8 | UInt64(high << 4 | low)
    }
    self.init(high: halves.0, low: halves.1)
  }

  private static let textSize = 36

  /// Whether a hyphen stands before the digits of this byte.
  @inline(__always)
  private static func isBehindHyphen(_ byte: Int) -> Bool {
    byte == 4 || byte == 6 || byte == 8 || byte == 10
  }

  /// The value of a hexadecimal digit; more than 15 for anything else.
  @inline(__always)
  private static func value(of digit: UInt8) -> UInt8 {
    let number = digit &- UInt8(ascii: "0")
    if number < 10 { return number }
    // Bit 5 is what lower-case letters have and the others do not.
    let letter = (digit | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : .max
  }
}

extension SQLUUID: CustomStringConvertible {
  private static let digits: StaticString = "0123456789abcdef"

  /// The 36-character form in lower case.
  package var description: String {
    String(unsafeUninitializedCapacity: Self.textSize) { output in
      let digits = Self.digits.utf8Start
      var position = 0
      for byte in 0..<16 {
        if Self.isBehindHyphen(byte) {
          output[position] = UInt8(ascii: "-")
          position += 1
        }
        let value = Int((byte < 8 ? high : low) >> UInt64(56 - byte % 8 * 8) & 0xFF)
        output[position] = digits[value >> 4]
        output[position + 1] = digits[value & 0xF]
        position += 2
      }
      return Self.textSize
    }
  }
}
