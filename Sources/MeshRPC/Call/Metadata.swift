package import MeshText

/// The headers or trailers of a call: pairs in order, names in lower case, a name as often as it
/// likes.
///
/// Names end in `-bin` exactly when their value is binary (gRPC over HTTP/2, "Custom-Metadata").
/// The pairs lie in the form in which they travel, binary values in base64, because most of them
/// are only passed on: a name or a value is read when somebody asks for it.
package struct Metadata: Sendable, Equatable {
  /// The pairs in the form in which they travel.
  package private(set) var fields = FieldList()

  /// Room that the first pair makes, for itself and the few that usually follow.
  private static let firstBytes = 320

  /// Makes empty metadata.
  package init() {}

  /// How many pairs there are.
  package var count: Int { fields.count }
  /// True when there is no pair.
  package var isEmpty: Bool { fields.isEmpty }

  /// Adds a text value under a name that does not end in `-bin`.
  ///
  /// A name that gRPC does not allow, such as one with a space or in upper case, is left out. With
  /// `neverIndexed`, and under `authorization`, no compression table on the way keeps the value:
  /// for secrets, and for values that never come again and would only drive others out.
  package mutating func add(_ value: String, for name: String, neverIndexed: Bool = false) {
    precondition(!name.hasSuffix("-bin"), "a -bin name takes bytes")
    var value = value
    value.withUTF8 { add(UnsafeRawBufferPointer($0), for: name, neverIndexed: neverIndexed) }
  }

  /// Adds bytes under a name that ends in `-bin`.
  package mutating func add(binary value: [UInt8], for name: String) {
    precondition(name.hasSuffix("-bin"), "bytes need a -bin name")
    var text = Base64.encode(value, padded: false)
    text.withUTF8 { add(UnsafeRawBufferPointer($0), for: name) }
  }

  /// Adds a value in the form in which it travels.
  package mutating func add(
    _ value: UnsafeRawBufferPointer, for name: String, neverIndexed: Bool = false
  ) {
    var name = name
    name.withUTF8 { name in
      let name = UnsafeRawBufferPointer(name)
      guard Name(bytes: name).isAllowed else { return }
      add(name, value, neverIndexed: neverIndexed || name.equals("authorization"))
    }
  }

  /// Adds a pair as it was received; the caller answers for the name.
  package mutating func add(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool
  ) {
    if isEmpty { fields = FieldList(capacity: Self.firstBytes) }
    fields.append(name, value, neverIndexed: neverIndexed)
  }

  /// Adds every pair of `other` behind these.
  package mutating func append(_ other: Metadata) {
    if isEmpty { self = other } else { fields.append(other.fields) }
  }

  /// The pairs whose names satisfy `isKept`, with room for `room` bytes more.
  package func filtered(room: Int = 0, where isKept: (Name) -> Bool) -> Metadata {
    var kept = Metadata()
    kept.fields = FieldList(capacity: fields.byteCount + room)
    kept.fields.append(fields) { isKept(Name(bytes: $0)) }
    return kept
  }

  /// The first text value of `name`.
  package func first(_ name: String) -> String? { fields.first(name) }

  /// The first binary value of `name`; what is no base64 is none.
  package func firstBinary(_ name: String) -> [UInt8]? {
    var found: [UInt8]?
    fields.forEach { field, value, _ in
      if found == nil, Name(bytes: field) == name { found = Self.binary(value).first }
    }
    return found
  }

  /// What `body` makes of the first value of `name` in the form in which it travels; the bytes are
  /// good for the call only.
  @inlinable @inline(__always)
  package func withFirst<Value>(
    _ name: String, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    fields.withFirst(name, body)
  }

  /// The binary values in one field: several may have been joined by commas on the way.
  private static func binary(_ value: UnsafeRawBufferPointer) -> [[UInt8]] {
    value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).compactMap {
      Base64.decode(UnsafeRawBufferPointer(rebasing: $0), padding: .optional)
    }
  }
}

extension Metadata {
  /// A pair's name, looked at in place.
  package struct Name {
    fileprivate let bytes: UnsafeRawBufferPointer

    /// Whether gRPC allows the name: `1*( %x30-39 / %x61-7A / "_" / "-" / ".")`.
    fileprivate var isAllowed: Bool {
      for byte in bytes where !Self.isAllowed(byte) { return false }
      return !bytes.isEmpty
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
      // Letters first: nearly all are.
      byte &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    /// Whether the name is `text`.
    package static func == (name: Name, text: String) -> Bool {
      var text = text
      return text.withUTF8 { name.bytes.equals(UnsafeRawBufferPointer($0)) }
    }

    /// Whether the name is another than `text`.
    package static func != (name: Name, text: String) -> Bool { !(name == text) }

    /// Whether the name begins with `text`.
    package func hasPrefix(_ text: String) -> Bool {
      Name(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(text.utf8.count))) == text
    }
  }
}

extension Metadata {
  /// A pair's value.
  package enum FieldValue: Sendable, Equatable {
    /// Printable ASCII.
    case string(String)
    /// Any bytes; base64 on the wire.
    case binary([UInt8])
  }

  /// One name with one value.
  package struct Pair: Sendable, Equatable {
    /// Lower case, `[0-9a-z_.-]`.
    package let name: String
    /// The value.
    package let value: FieldValue
  }

  /// The pairs in the order in which they were added or received, without binary values that are
  /// no base64.
  package var pairs: [Pair] {
    var pairs: [Pair] = []
    fields.forEach { name, value, _ in
      let name = String(decoding: name, as: UTF8.self)
      if name.hasSuffix("-bin") {
        pairs += Self.binary(value).map { Pair(name: name, value: .binary($0)) }
      } else {
        pairs.append(Pair(name: name, value: .string(String(decoding: value, as: UTF8.self))))
      }
    }
    return pairs
  }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  /// Makes metadata of text pairs.
  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(value, for: name) }
  }
}
