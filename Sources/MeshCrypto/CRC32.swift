/// The CRC-32 of Ethernet, gzip and PNG: a checksum against typing errors, not against an attacker.
package enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }

  /// Returns the checksum of `bytes`.
  package static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    let table = table
    let last = bytes.reduce(UInt32.max) { value, byte in
      value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xff)]
    }
    return ~last
  }

  /// Returns the checksum of `bytes`.
  package static func checksum(of bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { checksum(of: $0) }
  }

  /// Returns the checksum of the UTF-8 of `text`.
  package static func checksum(of text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { checksum(of: UnsafeRawBufferPointer($0)) }
  }
}
