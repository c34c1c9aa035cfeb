extension Array: SQLDecodable where Element: SQLArrayDecodable {
  /// Reads an array of one dimension, or `bytea` for bytes.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> [Element] {
    try Element.decode(array: cell)
  }
}

/// A value that can be read from inside an array column.
package protocol SQLArrayDecodable {
  /// Reads the whole array from one cell.
  static func decode(array cell: SQLCell) throws(CellError) -> [Self]
}

/// An array of bytes is `bytea`, not an array.
extension UInt8: SQLArrayDecodable {
  /// Reads `bytea`.
  @usableFromInline
  package static func decode(array cell: SQLCell) throws(CellError) -> [UInt8] {
    guard cell.type == ColumnType.bytes else { throw .mismatch(type: cell.type) }
    return Array(try cell.value())
  }
}

extension SQLArrayDecodable where Self: SQLDecodable {
  /// Reads PostgreSQL's `array_send` format: no dimension, or one.
  @usableFromInline
  package static func decode(array cell: SQLCell) throws(CellError) -> [Self] {
    let bytes = try cell.value()
    var reader = ArrayReader(bytes: bytes)
    let dimensions = try reader.integer()
    _ = try reader.integer()  // whether any element is NULL; each says so itself
    let type = UInt32(bitPattern: try reader.integer())
    guard dimensions > 0 else { return [] }
    guard dimensions == 1 else { throw .mismatch(type: cell.type) }
    let count = Int(try reader.integer())
    _ = try reader.integer()  // the lower bound
    guard count >= 0, count <= bytes.count / 4 else { throw .malformed }
    var elements: [Self] = []
    elements.reserveCapacity(count)
    for _ in 0..<count {
      elements.append(try Self.decode(SQLCell(type: type, bytes: try reader.element())))
    }
    return elements
  }
}

private struct ArrayReader {
  let bytes: UnsafeRawBufferPointer
  var offset = 0

  mutating func integer() throws(CellError) -> Int32 {
    guard bytes.count - offset >= 4 else { throw .malformed }
    defer { offset += 4 }
    return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
  }

  mutating func element() throws(CellError) -> UnsafeRawBufferPointer? {
    let length = Int(try integer())
    guard length >= 0 else { return nil }
    guard bytes.count - offset >= length else { throw .malformed }
    defer { offset += length }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
  }
}

extension Bool: SQLArrayDecodable {}
extension Int: SQLArrayDecodable {}
extension Int16: SQLArrayDecodable {}
extension Int32: SQLArrayDecodable {}
extension Int64: SQLArrayDecodable {}
extension Double: SQLArrayDecodable {}
extension String: SQLArrayDecodable {}
extension SQLTimestamp: SQLArrayDecodable {}
extension SQLUUID: SQLArrayDecodable {}
extension Array: SQLArrayDecodable where Element == UInt8 {}
extension Optional: SQLArrayDecodable where Wrapped: SQLDecodable {}
