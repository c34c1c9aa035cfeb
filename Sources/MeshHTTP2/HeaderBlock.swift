/// A list of header fields, or of trailer fields, in one flat buffer.
///
/// Names are lower case; pseudo-header fields such as `:path` are fields like any other and come
/// first. A block is a value: keep one for the answers that are always the same and submit it again
/// and again, it is not copied.
package struct HeaderBlock: Sendable, Hashable {
  /// The fields, one behind the other.
  ///
  /// For each: the length of the name (4 bytes, the top bit says "never index"), the length of the
  /// value (4 bytes), the name, the value. Native byte order.
  var bytes: [UInt8]
  /// How many fields there are.
  package private(set) var count: Int

  /// The bytes in front of each field.
  static let prefixBytes = 8
  /// The bit of a name's length that says "never index" (RFC 7541 §6.2.3).
  static let neverIndexedBit: UInt32 = 1 << 31

  /// An empty list with room for fields of `capacity` bytes in all.
  package init(capacity: Int = 0) {
    self.bytes = []
    self.count = 0
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  /// Adds `count` fields that lie in the layout of this list: for each the length of the name
  /// (4 bytes, the top bit says "never index"), the length of the value (4 bytes), the name in
  /// lower case, the value, in native byte order.
  package mutating func append(layout: UnsafeRawBufferPointer, count: Int) {
    bytes.append(contentsOf: layout)
    self.count += count
  }

  /// A list of received fields, in the layout of `bytes`.
  init(layout: UnsafeRawBufferPointer, count: Int) {
    self.bytes = [UInt8](layout)
    self.count = count
  }

  /// Whether there is no field.
  package var isEmpty: Bool { count == 0 }

  /// The size that header list limits speak of: for each field its name, its value and 32
  /// (RFC 9113 §6.5.2).
  package var listBytes: Int { bytes.count + count * (32 - Self.prefixBytes) }

  /// Adds a field at the end.
  ///
  /// The name is lower-cased; the caller answers for a name and a value that RFC 9113 §8.2.1
  /// allows.
  ///
  /// - Parameters:
  ///   - name: the name of the field.
  ///   - value: the value of the field.
  ///   - neverIndexed: keeps a secret out of every compression table on the way.
  package mutating func append(_ name: String, _ value: String, neverIndexed: Bool = false) {
    let start = bytes.count + Self.prefixBytes
    var (name, value) = (name, value)
    name.withUTF8 { name in
      value.withUTF8 { value in
        append(
          UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value), neverIndexed: neverIndexed)
      }
    }
    for index in start..<start + name.utf8.count where bytes[index] &- 0x41 < 26 {
      bytes[index] |= 0x20
    }
  }

  /// Adds a field with a name in lower case at the end; otherwise as `append(_:_:neverIndexed:)` of
  /// strings.
  package mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool = false
  ) {
    let nameWord = UInt32(name.count) | (neverIndexed ? Self.neverIndexedBit : 0)
    withUnsafeBytes(of: (nameWord, UInt32(value.count))) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
    count += 1
  }

  /// Adds a field with a name in lower case and a text as its value.
  package mutating func append(_ name: UnsafeRawBufferPointer, _ value: String) {
    var value = value
    value.withUTF8 { append(name, UnsafeRawBufferPointer($0)) }
  }

  /// Adds the fields of another list at the end.
  package mutating func append(_ other: HeaderBlock) {
    bytes.append(contentsOf: other.bytes)
    count += other.count
  }
}

extension HeaderBlock: ExpressibleByDictionaryLiteral {
  /// A list of these fields, in this order; a name may come more than once.
  package init(dictionaryLiteral fields: (String, String)...) {
    self.init(capacity: 64 * fields.count)
    for (name, value) in fields { append(name, value) }
  }
}

extension HeaderBlock: CustomStringConvertible {
  /// The fields as `name: value`, one a line, for tests.
  ///
  /// Values may be secret: never log it.
  package var description: String {
    var lines: [String] = []
    forEach { name, value, _ in
      let value = String(decoding: value, as: UTF8.self)
      lines.append("\(String(decoding: name, as: UTF8.self)): \(value)")
    }
    return lines.joined(separator: "\n")
  }
}
