extension UnsafeRawBufferPointer {
  /// Whether these are exactly the bytes of `text`.
  @inlinable @inline(__always)
  package func equals(_ text: StaticString) -> Bool {
    equals(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Whether these are exactly the bytes of `other`; not for secrets, whose comparison must take
  /// the same time whatever they are.
  ///
  /// Inlined, and eight bytes at a time: a call compares some ten names.
  @inlinable @inline(__always)
  package func equals(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let start = baseAddress, let wanted = other.baseAddress else { return true }
    var index = 0
    while index + 8 <= count {
      let word = start.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard word == wanted.loadUnaligned(fromByteOffset: index, as: UInt64.self) else {
        return false
      }
      index += 8
    }
    while index < count {
      let byte = start.load(fromByteOffset: index, as: UInt8.self)
      guard byte == wanted.load(fromByteOffset: index, as: UInt8.self) else { return false }
      index += 1
    }
    return true
  }
}
