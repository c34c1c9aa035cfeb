import CNghttp2

/// The array of field pointers that each submission hands to the library; reused, never shrunk.
struct FieldScratch: ~Copyable {
  /// More than a gRPC answer has.
  private static let firstCapacity = 8

  private var base = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: firstCapacity)
  private var capacity = firstCapacity

  /// Points at the fields of `block`, which must outlive the frame: nothing is copied.
  ///
  /// The bytes of an array lie in one heap object that does not move while somebody holds it; the
  /// stream's record holds it until the library says that the frame was sent or dropped.
  mutating func point(at block: HeaderBlock) -> UnsafeBufferPointer<nghttp2_nv> {
    reserve(block.count)
    block.bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      let data = UnsafeMutablePointer(mutating: start)
      var offset = 0
      for index in 0..<block.count {
        let place = block.place(at: offset)
        var flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
        if place.neverIndexed { flags |= NGHTTP2_NV_FLAG_NO_INDEX.rawValue }
        (base + index).initialize(
          to: nghttp2_nv(
            name: data + place.name.lowerBound, value: data + place.value.lowerBound,
            namelen: place.name.count, valuelen: place.value.count, flags: UInt8(flags)))
        offset = place.value.upperBound
      }
    }
    return UnsafeBufferPointer(start: base, count: block.count)
  }

  private mutating func reserve(_ count: Int) {
    guard count > capacity else { return }
    base.deallocate()
    base = .allocate(capacity: count)
    capacity = count
  }

  deinit {
    base.deallocate()
  }
}
