/// Steps over the fields of an encoded message without decoding them.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
///
/// The bytes must outlive it.
package struct WireReader {
  /// The longest tag, in bytes: 3 bits of type, 32 of number.
  private static let tagBytes = 5

  private let bytes: UnsafeRawBufferPointer
  /// How many bytes have been read.
  package private(set) var offset = 0

  /// Reads `bytes` from the start.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next field's number and wire type; nil at the end or where the bytes are malformed.
  ///
  /// Numbers may be larger than a schema's, up to the five bytes that protobuf-c reads of a tag:
  /// who stopped before it does would not see what follows.
  package mutating func tag() -> (number: UInt32, wireType: Int)? {
    let start = offset
    guard offset < bytes.count, let tag = varint(), offset - start <= Self.tagBytes else {
      return nil
    }
    return (UInt32(tag >> 3), Int(tag & 7))
  }

  /// Steps over a value; false where the bytes are malformed.
  package mutating func skip(_ wireType: Int) -> Bool {
    switch wireType {
    case 0: varint() != nil
    case 1: advance(8)
    case 2: delimited() != nil
    case 5: advance(4)
    default: false
    }
  }

  /// A length-delimited value; nil where the bytes are malformed.
  package mutating func delimited() -> UnsafeRawBufferPointer? {
    guard let length = varint(), length <= UInt64(bytes.count - offset) else { return nil }
    defer { offset += Int(length) }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
  }

  /// A varint; nil where the bytes are malformed.
  package mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard offset < bytes.count else { return nil }
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  private mutating func advance(_ count: Int) -> Bool {
    guard bytes.count - offset >= count else { return false }
    offset += count
    return true
  }
}

/// Protobuf's integers of variable length.
enum Varint {
  static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
