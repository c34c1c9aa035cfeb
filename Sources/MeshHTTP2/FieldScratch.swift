import CNghttp2
import MeshText

/// The array of field pointers that each submission hands to the library; reused, never shrunk.
struct FieldScratch: ~Copyable {
  /// More than a gRPC answer has.
  private static let firstCapacity = 8

  private var base = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: firstCapacity)
  private var capacity = firstCapacity

  /// Points at `fields`, which must be held until the library says that the frame was sent or
  /// dropped: nothing is copied.
  mutating func point(at fields: FieldList) -> UnsafeBufferPointer<nghttp2_nv> {
    reserve(fields.count)
    let base = base
    var index = 0
    fields.forEach { name, value, neverIndexed in
      var flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
      if neverIndexed { flags |= NGHTTP2_NV_FLAG_NO_INDEX.rawValue }
      (base + index).initialize(
        to: nghttp2_nv(
          name: Self.bytes(name), value: Self.bytes(value), namelen: name.count,
          valuelen: value.count, flags: UInt8(flags)))
      index += 1
    }
    return UnsafeBufferPointer(start: base, count: index)
  }

  private static func bytes(_ text: UnsafeRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
    UnsafeMutableRawPointer(mutating: text.baseAddress)?.assumingMemoryBound(to: UInt8.self)
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
