/// The headers or trailers of a call: pairs in order, names in lower case, a name as often as it
/// likes.
///
/// Names end in `-bin` exactly when their value is binary (gRPC over HTTP/2, "Custom-Metadata").
package struct Metadata: Sendable, Equatable {
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
  package private(set) var pairs: [Pair] = []

  /// Makes empty metadata.
  package init() {}

  /// True when there is no pair.
  package var isEmpty: Bool { pairs.isEmpty }

  /// Adds a text value under a name that does not end in `-bin`.
  package mutating func add(_ value: String, for name: String) {
    precondition(!name.hasSuffix("-bin"), "a -bin name takes bytes")
    pairs.append(Pair(name: name, value: .string(value)))
  }

  /// Adds bytes under a name that ends in `-bin`.
  package mutating func add(binary value: [UInt8], for name: String) {
    precondition(name.hasSuffix("-bin"), "bytes need a -bin name")
    pairs.append(Pair(name: name, value: .binary(value)))
  }

  /// Adds every pair of `other` behind these.
  package mutating func append(_ other: Metadata) {
    pairs.append(contentsOf: other.pairs)
  }

  /// Removes every pair whose name satisfies `predicate`.
  package mutating func remove(where predicate: (String) -> Bool) {
    pairs.removeAll { predicate($0.name) }
  }

  /// The first text value of `name`.
  package func first(_ name: String) -> String? {
    for pair in pairs where pair.name == name {
      if case .string(let text) = pair.value { return text }
    }
    return nil
  }

  /// The first binary value of `name`.
  package func firstBinary(_ name: String) -> [UInt8]? {
    for pair in pairs where pair.name == name {
      if case .binary(let bytes) = pair.value { return bytes }
    }
    return nil
  }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  /// Makes metadata of text pairs.
  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(value, for: name) }
  }
}
