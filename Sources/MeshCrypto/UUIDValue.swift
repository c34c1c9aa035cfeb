import MeshText

/// A UUID (RFC 9562): 128 bits with a text form.
///
/// It is not called UUID so that a file which also imports Foundation stays unambiguous.
package struct UUIDValue: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The 16 bytes as one big-endian number, whose order is the order of the texts.
  package let bits: UInt128

  /// Makes a UUID from its bits, unchecked.
  package init(bits: UInt128) {
    self.bits = bits
  }

  /// Reads the 36-character form with hyphens, in either case; nil for anything else.
  package init?(_ text: String) {
    var text = text
    let bits: UInt128? = text.withUTF8 { characters in
      guard characters.count == 36 else { return nil }
      var bits: UInt128 = 0
      for (index, character) in characters.enumerated() {
        if Self.isHyphen(index) {
          guard character == UInt8(ascii: "-") else { return nil }
        } else {
          guard let digit = Hex.value(character) else { return nil }
          bits = bits << 4 | UInt128(digit)
        }
      }
      return bits
    }
    guard let bits else { return nil }
    self.bits = bits
  }

  /// The version field: 7 for time-ordered, 4 for random.
  package var version: Int {
    Int(truncatingIfNeeded: bits >> 76 & 0xf)
  }

  /// The 36-character form in lower case.
  package var description: String {
    withUnsafeBytes(of: bits.bigEndian) { bytes in
      String(unsafeUninitializedCapacity: 36) { output in
        var place = 0
        for byte in bytes {
          if Self.isHyphen(place) {
            output[place] = UInt8(ascii: "-")
            place += 1
          }
          output[place] = Hex.digit(byte >> 4)
          output[place + 1] = Hex.digit(byte & 0xf)
          place += 2
        }
        return place
      }
    }
  }

  /// Orders UUIDs as their texts are ordered.
  package static func < (left: UUIDValue, right: UUIDValue) -> Bool {
    left.bits < right.bits
  }

  private static func isHyphen(_ index: Int) -> Bool {
    index == 8 || index == 13 || index == 18 || index == 23
  }
}
