/// The headers or trailers of a call: pairs in order, names in lower case, a name as often as it
/// likes.
///
/// Names end in `-bin` exactly when their value is binary (gRPC over HTTP/2, "Custom-Metadata").
/// The pairs lie in one buffer, because most of them are only passed on: a name or a value becomes
/// a string when somebody asks for it.
package struct Metadata: Sendable, Equatable {
  /// The pairs, one behind the other.
  ///
  /// For each: the length of the name (4 bytes, the top bit says "binary"), the length of the
  /// value (4 bytes), the name, the value. Native byte order.
  private var bytes: [UInt8] = []
  /// How many pairs there are.
  package private(set) var count = 0

  /// Room that the first pair makes, for itself and the few that usually follow.
  private static let firstBytes = 160
  /// The bytes in front of each pair.
  private static let prefixBytes = 8
  /// The bit of a name's length that says "binary".
  private static let binaryBit: UInt32 = 1 << 31

  /// Makes empty metadata.
  package init() {}

  /// True when there is no pair.
  package var isEmpty: Bool { count == 0 }

  /// Adds a text value under a name that does not end in `-bin`.
  package mutating func add(_ value: String, for name: String) {
    precondition(!name.hasSuffix("-bin"), "a -bin name takes bytes")
    var (name, value) = (name, value)
    name.withUTF8 { name in
      value.withUTF8 { value in
        add(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value), isBinary: false)
      }
    }
  }

  /// Adds bytes under a name that ends in `-bin`.
  package mutating func add(binary value: [UInt8], for name: String) {
    precondition(name.hasSuffix("-bin"), "bytes need a -bin name")
    var name = name
    name.withUTF8 { name in
      value.withUnsafeBytes { add(UnsafeRawBufferPointer(name), $0, isBinary: true) }
    }
  }

  /// Adds a pair as it was received; the caller answers for name and kind.
  package mutating func add(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, isBinary: Bool
  ) {
    if isEmpty {
      bytes.reserveCapacity(max(Self.firstBytes, Self.prefixBytes + name.count + value.count))
    }
    let nameWord = UInt32(name.count) | (isBinary ? Self.binaryBit : 0)
    withUnsafeBytes(of: (nameWord, UInt32(value.count))) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
    count += 1
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
  package mutating func remove(where predicate: (String) -> Bool) {
    var kept = Metadata()
    kept.bytes.reserveCapacity(bytes.count)
    forEach { name, value, isBinary in
      guard !predicate(String(decoding: name, as: UTF8.self)) else { return }
      kept.add(name, value, isBinary: isBinary)
    }
    self = kept
  }

  /// Calls `body` with each pair in order; the bytes are good for the call only.
  package func forEach(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ isBinary: Bool)
      -> Void
  ) {
    bytes.withUnsafeBytes { all in
      var offset = 0
      while offset < all.count {
        let nameWord = all.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let valueCount = Int(all.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        let name = offset + Self.prefixBytes
        let value = name + Int(nameWord & ~Self.binaryBit)
        offset = value + valueCount
        body(
          UnsafeRawBufferPointer(rebasing: all[name..<value]),
          UnsafeRawBufferPointer(rebasing: all[value..<offset]), nameWord & Self.binaryBit != 0)
      }
    }
  }

  /// The first text value of `name`.
  package func first(_ name: String) -> String? {
    withFirst(name, isBinary: false) { String(decoding: $0, as: UTF8.self) }
  }

  /// The first binary value of `name`.
  package func firstBinary(_ name: String) -> [UInt8]? {
    withFirst(name, isBinary: true) { [UInt8]($0) }
  }

  private func withFirst<Value>(
    _ name: String, isBinary: Bool, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    guard !isEmpty else { return nil }
    var (found, name): (Value?, String) = (nil, name)
    name.withUTF8 { wanted in
      forEach { name, value, valueIsBinary in
        guard found == nil, valueIsBinary == isBinary, name.count == wanted.count,
          name.elementsEqual(wanted)
        else { return }
        found = body(value)
      }
    }
    return found
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

  /// The pairs in the order in which they were added or received.
  package var pairs: [Pair] {
    var pairs: [Pair] = []
    forEach { name, value, isBinary in
      pairs.append(
        Pair(
          name: String(decoding: name, as: UTF8.self),
          value: isBinary
            ? .binary([UInt8](value)) : .string(String(decoding: value, as: UTF8.self))))
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
