extension HeaderBlock {
  /// Calls `body` with each field in order: name, value, and whether it must never be indexed.
  ///
  /// An intermediary passes that mark on (RFC 7541 §7.1.3). The bytes are valid only during the
  /// call.
  package func forEach(
    _ body:
      (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ neverIndexed: Bool) ->
      Void
  ) {
    bytes.withUnsafeBytes { all in
      var offset = 0
      while offset < all.count {
        let place = place(at: offset)
        body(
          UnsafeRawBufferPointer(rebasing: all[place.name]),
          UnsafeRawBufferPointer(rebasing: all[place.value]), place.neverIndexed)
        offset = place.value.upperBound
      }
    }
  }

  /// The value of the first field of this name, as text; nil when there is none.
  package subscript(_ name: StaticString) -> String? {
    var found: String?
    forEach { field, value, _ in
      guard found == nil, field.equals(name) else { return }
      found = String(decoding: value, as: UTF8.self)
    }
    return found
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
