/// A value that can be a statement's parameter.
///
/// A `RawRepresentable` over an encodable raw value needs no code of its own:
/// `extension TenantID: SQLEncodable {}`.
package protocol SQLEncodable: Sendable {
  /// The type that the parameter declares.
  static var sqlType: SQLType { get }
  /// Whether the value is NULL; then ``encode(into:)`` is not called.
  var isNull: Bool { get }
  /// Appends the value in the type's format.
  func encode(into buffer: inout SQLBuffer)
}

/// A value that can stand in an array parameter.
package protocol SQLArrayElement: Sendable {
  /// The type of the whole array.
  static var sqlArrayType: SQLType { get }
  /// Appends the whole array in the type's format.
  static func encode(array: [Self], into buffer: inout SQLBuffer)
}

/// A value that goes both ways and into arrays.
package typealias SQLConvertible = SQLArrayDecodable & SQLArrayElement & SQLDecodable & SQLEncodable

extension SQLEncodable {
  /// False: a value is not NULL.
  package var isNull: Bool { false }
}

extension SQLEncodable where Self: RawRepresentable, RawValue: SQLEncodable {
  /// The raw value's type.
  package static var sqlType: SQLType { RawValue.sqlType }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { rawValue.encode(into: &buffer) }
}

extension SQLArrayElement where Self: SQLEncodable {
  /// The array of the element's type.
  package static var sqlArrayType: SQLType { .array(of: sqlType) }

  /// Writes the binary array format of PostgreSQL's `array_send`: one dimension, lower bound 1.
  package static func encode(array: [Self], into buffer: inout SQLBuffer) {
    buffer.append(Int32(array.isEmpty ? 0 : 1))
    buffer.append(Int32(array.contains(where: \.isNull) ? 1 : 0))
    buffer.append(sqlType.elementOID)
    guard !array.isEmpty else { return }
    buffer.append(Int32(array.count))
    buffer.append(Int32(1))
    for element in array {
      buffer.appendElement(element.isNull ? nil : { element.encode(into: &$0) })
    }
  }
}

extension Bool: SQLEncodable, SQLArrayElement {
  /// `boolean`.
  package static var sqlType: SQLType { .bool }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(UInt8(self ? 1 : 0)) }
}

extension Int16: SQLEncodable, SQLArrayElement {
  /// `smallint`.
  package static var sqlType: SQLType { .int2 }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(self) }
}

extension Int32: SQLEncodable, SQLArrayElement {
  /// `integer`.
  package static var sqlType: SQLType { .int4 }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(self) }
}

extension Int64: SQLEncodable, SQLArrayElement {
  /// `bigint`.
  package static var sqlType: SQLType { .int8 }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(self) }
}

extension Int: SQLEncodable, SQLArrayElement {
  /// `bigint`.
  package static var sqlType: SQLType { .int8 }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(Int64(self)) }
}

extension Double: SQLEncodable, SQLArrayElement {
  /// `double precision`.
  package static var sqlType: SQLType { .float8 }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(bitPattern) }
}

extension String: SQLEncodable, SQLArrayElement {
  /// Whatever the parameter stands for, read from text.
  package static var sqlType: SQLType { .text }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(text: self) }
}

extension SQLTimestamp: SQLEncodable, SQLArrayElement {
  /// `timestamptz`.
  package static var sqlType: SQLType { .timestamp }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { buffer.append(wire) }
}

extension SQLUUID: SQLEncodable, SQLArrayElement {
  /// `uuid`.
  package static var sqlType: SQLType { .uuid }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) {
    buffer.append(high)
    buffer.append(low)
  }
}

/// An array of bytes is `bytea`, not an array.
extension UInt8: SQLArrayElement {
  /// `bytea`.
  package static var sqlArrayType: SQLType { .bytes }
  /// Appends the bytes as the type wants them.
  package static func encode(array: [UInt8], into buffer: inout SQLBuffer) {
    buffer.append(bytes: array)
  }
}

extension Array: SQLEncodable where Element: SQLArrayElement {
  /// The array type of the elements.
  package static var sqlType: SQLType { Element.sqlArrayType }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) {
    Element.encode(array: self, into: &buffer)
  }
}

/// An array of `bytea`.
extension Array: SQLArrayElement where Element == UInt8 {}

extension Optional: SQLEncodable where Wrapped: SQLEncodable {
  /// The wrapped value's type.
  package static var sqlType: SQLType { Wrapped.sqlType }
  /// True for nil.
  package var isNull: Bool { self?.isNull ?? true }
  /// Appends the bytes as the type wants them.
  package func encode(into buffer: inout SQLBuffer) { self?.encode(into: &buffer) }
}

extension Optional: SQLArrayElement where Wrapped: SQLEncodable {}
