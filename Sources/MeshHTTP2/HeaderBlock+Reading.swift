extension HeaderBlock {
  /// Calls `body` with each field in order: name, value, and whether it must never be indexed.
  ///
  /// An intermediary passes that mark on (RFC 7541 §7.1.3). The spans live as long as the call.
  package func forEach(
    _ body: (_ name: Span<UInt8>, _ value: Span<UInt8>, _ neverIndexed: Bool) -> Void
  ) {
    let all = bytes.span
    var offset = 0
    while offset < all.count {
      let place = place(at: offset)
      body(
        all.extracting(place.name), all.extracting(place.value), place.neverIndexed)
      offset = place.value.upperBound
    }
  }

  /// Calls `body` with the value of the first field of this name; nil when there is none.
  package func withValue<R>(of name: StaticString, _ body: (Span<UInt8>) -> R) -> R? {
    let all = bytes.span
    var offset = 0
    while offset < all.count {
      let place = place(at: offset)
      if all.extracting(place.name).equals(name) { return body(all.extracting(place.value)) }
      offset = place.value.upperBound
    }
    return nil
  }

  /// The value of the first field of this name, as text; nil when there is none.
  package subscript(_ name: StaticString) -> String? {
    withValue(of: name) { String($0) }
  }

  /// Where one field lies in `bytes`.
  struct Place {
    let name: Range<Int>
    let value: Range<Int>
    let neverIndexed: Bool
  }

  func place(at offset: Int) -> Place {
    bytes.withUnsafeBytes { bytes in
      let nameWord = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      let valueCount = Int(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
      let name = offset + Self.prefixBytes
      let value = name + Int(nameWord & ~Self.neverIndexedBit)
      return Place(
        name: name..<value, value: value..<value + valueCount,
        neverIndexed: nameWord & Self.neverIndexedBit != 0)
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether these are exactly the bytes of `text`.
  package func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in indices where self[index] != text.utf8Start[index] { return false }
    return true
  }
}

extension String {
  /// The text that these bytes of UTF-8 spell; what is not UTF-8 becomes U+FFFD.
  package init(_ bytes: Span<UInt8>) {
    self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }
}
