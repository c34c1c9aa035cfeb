internal import MeshText

/// The headers or trailers of a call: pairs in order, names in lower case, a name as often as it
/// likes.
///
/// Names end in `-bin` exactly when their value is binary (gRPC over HTTP/2, "Custom-Metadata").
/// The pairs lie in one buffer in the form in which they travel, binary values in base64, because
/// most of them are only passed on: a name or a value is read when somebody asks for it.
package struct Metadata: Sendable, Equatable {
  /// The pairs, one behind the other.
  ///
  /// For each: the length of the name (4 bytes, the top bit says "never index"), the length of the
  /// value (4 bytes), the name, the value. Native byte order.
  private var bytes: [UInt8] = []
  /// How many pairs there are.
  package private(set) var count = 0

  /// Room that the first pair makes, for itself and the few that usually follow.
  private static let firstBytes = 160
  /// The bytes in front of each pair.
  private static let prefixBytes = 8
  /// The bit of a name's length that says "never index" (RFC 7541 §6.2.3).
  private static let neverIndexedBit: UInt32 = 1 << 31

  /// Makes empty metadata.
  package init() {}

  /// True when there is no pair.
  package var isEmpty: Bool { count == 0 }

  /// Adds a text value under a name that does not end in `-bin`.
  ///
  /// With `neverIndexed` no compression table on the way keeps it: for secrets, and for values that
  /// never come again and would only drive others out.
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
    name.withUTF8 { add(UnsafeRawBufferPointer($0), value, neverIndexed: neverIndexed) }
  }

  /// Adds a pair as it was received; the caller answers for the name.
  package mutating func add(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool
  ) {
    if isEmpty {
      bytes.reserveCapacity(max(Self.firstBytes, Self.prefixBytes + name.count + value.count))
    }
    let nameWord = UInt32(name.count) | (neverIndexed ? Self.neverIndexedBit : 0)
    withUnsafeBytes(of: (nameWord, UInt32(value.count))) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
    count += 1
  }

  /// Calls `body` with all pairs in the layout of the buffer: for each the length of the name
  /// (4 bytes, the top bit says "never index"), the length of the value (4 bytes), the name, the
  /// value, in native byte order.
  package func withLayout<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes(body)
  }

  /// Adds every pair of `other` behind these.
  package mutating func append(_ other: Metadata) {
    guard !other.isEmpty else { return }
    if isEmpty {
      self = other
    } else {
      bytes.append(contentsOf: other.bytes)
      count += other.count
    }
  }

  /// Removes every pair whose name satisfies `predicate`.
  package mutating func remove(where predicate: (Name) -> Bool) {
    var kept = Metadata()
    kept.bytes.reserveCapacity(max(bytes.count, Self.firstBytes))
    forEach { name, value, neverIndexed in
      guard !predicate(Name(bytes: name)) else { return }
      kept.add(name, value, neverIndexed: neverIndexed)
    }
    self = kept
  }

  /// Calls `body` with each pair in order, in the form in which it travels; the bytes are good for
  /// the call only.
  package func forEach(
    _ body:
      (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ neverIndexed: Bool) ->
      Void
  ) {
    bytes.withUnsafeBytes { all in
      var offset = 0
      while offset < all.count {
        let nameWord = all.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let valueCount = Int(all.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        let name = offset + Self.prefixBytes
        let value = name + Int(nameWord & ~Self.neverIndexedBit)
        offset = value + valueCount
        body(
          UnsafeRawBufferPointer(rebasing: all[name..<value]),
          UnsafeRawBufferPointer(rebasing: all[value..<offset]),
          nameWord & Self.neverIndexedBit != 0)
      }
    }
  }

  /// The first text value of `name`.
  package func first(_ name: String) -> String? {
    withFirst(name) { String(decoding: $0, as: UTF8.self) }
  }

  /// The first binary value of `name`; what is no base64 is none.
  package func firstBinary(_ name: String) -> [UInt8]? {
    var found: [UInt8]?
    forEach { field, value, _ in
      if found == nil, Name(bytes: field) == name { found = Self.binary(value).first }
    }
    return found
  }

  /// What `body` makes of the first value of `name` in the form in which it travels; the bytes are
  /// good for the call only.
  package func withFirst<Value>(
    _ wanted: String, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    var found: Value?
    forEach { name, value, _ in
      guard found == nil, Name(bytes: name) == wanted else { return }
      found = body(value)
    }
    return found
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

    /// Whether the name is `text`.
    package static func == (name: Name, text: String) -> Bool {
      name.bytes.count == text.utf8.count && name.hasPrefix(text)
    }

    /// Whether the name begins with `text`.
    package func hasPrefix(_ text: String) -> Bool {
      guard bytes.count >= text.utf8.count, bytes.first == text.utf8.first else { return false }
      var text = text
      return text.withUTF8 { text in
        for index in 0..<text.count where bytes[index] != text[index] { return false }
        return true
      }
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
    forEach { name, value, _ in
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
