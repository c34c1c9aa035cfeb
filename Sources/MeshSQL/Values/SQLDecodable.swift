/// A value that can be read from a result column.
///
/// A `RawRepresentable` over a decodable raw value needs no code of its own:
/// `extension TenantID: SQLDecodable {}`.
@usableFromInline
package protocol SQLDecodable {
  /// Reads one cell, or says why it cannot.
  static func decode(_ cell: SQLCell) throws(CellError) -> Self
}

/// One field of one row: its type and its bytes in PostgreSQL's binary format.
///
/// The bytes belong to the result and are valid while decoding alone.
@usableFromInline
package struct SQLCell {
  let type: UInt32
  /// Nil for NULL.
  @usableFromInline let bytes: UnsafeRawBufferPointer?

  /// Whether the field is NULL.
  @inlinable @inline(__always)
  package var isNull: Bool { bytes == nil }

  func value() throws(CellError) -> UnsafeRawBufferPointer {
    guard let bytes else { throw .null }
    return bytes
  }

  func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(CellError) -> Integer {
    let bytes = try value()
    guard bytes.count == MemoryLayout<Integer>.size else { throw .malformed }
    return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
  }
}

/// Why a cell could not be read as the type asked for.
@usableFromInline
package enum CellError: Error, Sendable, Equatable {
  /// The field is NULL and the type has no place for that.
  case null
  /// The column has another type; the payload is its OID.
  case mismatch(type: UInt32)
  /// The value does not fit the type asked for.
  case outOfRange
  /// The bytes are not what the column's type promises, or not a value that the type asked for has.
  case malformed
}

extension SQLDecodable where Self: RawRepresentable, RawValue: SQLDecodable {
  /// Reads the raw value, which must be one of those there are.
  @inlinable @inline(__always)
  package static func decode(_ cell: SQLCell) throws(CellError) -> Self {
    guard let value = Self(rawValue: try RawValue.decode(cell)) else { throw .malformed }
    return value
  }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
  /// Reads NULL as nil.
  @inlinable @inline(__always)
  package static func decode(_ cell: SQLCell) throws(CellError) -> Self {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}

extension Bool: SQLDecodable {
  /// Reads `boolean`.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> Bool {
    guard cell.type == ColumnType.bool else { throw .mismatch(type: cell.type) }
    return try cell.integer(UInt8.self) != 0
  }
}

extension Int64: SQLDecodable {
  /// Reads any integer, and a `timestamptz` as microseconds since 1970.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> Int64 {
    switch cell.type {
    case ColumnType.int8: return try cell.integer(Int64.self)
    case ColumnType.int4: return Int64(try cell.integer(Int32.self))
    case ColumnType.int2: return Int64(try cell.integer(Int16.self))
    case ColumnType.oid: return Int64(try cell.integer(UInt32.self))
    case ColumnType.xid8:
      guard let value = Int64(exactly: try cell.integer(UInt64.self)) else { throw .outOfRange }
      return value
    case ColumnType.timestamptz: return try SQLTimestamp.decode(cell).microseconds
    default: throw .mismatch(type: cell.type)
    }
  }
}

extension Int: SQLDecodable {
  /// Reads any integer that fits.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> Int {
    guard let value = Int(exactly: try Int64.decode(cell)) else { throw .outOfRange }
    return value
  }
}

extension Int32: SQLDecodable {
  /// Reads any integer that fits.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> Int32 {
    guard let value = Int32(exactly: try Int64.decode(cell)) else { throw .outOfRange }
    return value
  }
}

extension Int16: SQLDecodable {
  /// Reads any integer that fits.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> Int16 {
    guard let value = Int16(exactly: try Int64.decode(cell)) else { throw .outOfRange }
    return value
  }
}

extension Double: SQLDecodable {
  /// Reads `real` and `double precision`.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> Double {
    switch cell.type {
    case ColumnType.float8: return Double(bitPattern: try cell.integer(UInt64.self))
    case ColumnType.float4: return Double(Float(bitPattern: try cell.integer(UInt32.self)))
    default: throw .mismatch(type: cell.type)
    }
  }
}

extension SQLTimestamp: SQLDecodable {
  /// Reads `timestamptz`.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> SQLTimestamp {
    guard cell.type == ColumnType.timestamptz else { throw .mismatch(type: cell.type) }
    guard let value = SQLTimestamp(wire: try cell.integer(Int64.self)) else { throw .outOfRange }
    return value
  }
}

extension SQLUUID: SQLDecodable {
  /// Reads `uuid`.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> SQLUUID {
    guard cell.type == ColumnType.uuid else { throw .mismatch(type: cell.type) }
    let bytes = try cell.value()
    guard bytes.count == 16 else { throw .malformed }
    return SQLUUID(
      high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}
