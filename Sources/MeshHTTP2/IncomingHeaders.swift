/// The header block that is arriving.
///
/// There is one per connection: blocks never interleave (RFC 9113 §4.3). Its memory is reused; a
/// finished block costs one allocation of its own size.
struct IncomingHeaders: ~Copyable {
  private let base: UnsafeMutableRawPointer
  private let limit: Int
  private var used = 0
  private var count = 0
  private var listBytes = 0

  /// Whether the list is longer than the limit; the fields after that point are dropped.
  var isTooLarge: Bool { listBytes > limit }
  /// Whether a field was one that RFC 9113 §8.2.1 forbids.
  var isMalformed = false

  /// Room for lists of `limit` bytes, counted as in RFC 9113 §6.5.2.
  ///
  /// A field takes less room here than it counts there, so `limit` bytes are always enough.
  init(limit: Int) {
    self.base = .allocate(byteCount: max(limit, 1), alignment: 8)
    self.limit = limit
  }

  /// Starts a new block.
  mutating func begin() {
    used = 0
    count = 0
    listBytes = 0
    isMalformed = false
  }

  /// Adds a field, unless the list is too large already.
  mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool
  ) {
    listBytes += name.count + value.count + 32
    guard !isTooLarge, let nameStart = name.baseAddress else { return }
    let nameWord = UInt32(name.count) | (neverIndexed ? HeaderBlock.neverIndexedBit : 0)
    base.storeBytes(of: nameWord, toByteOffset: used, as: UInt32.self)
    base.storeBytes(of: UInt32(value.count), toByteOffset: used + 4, as: UInt32.self)
    used += HeaderBlock.prefixBytes
    (base + used).copyMemory(from: nameStart, byteCount: name.count)
    used += name.count
    if let valueStart = value.baseAddress {
      (base + used).copyMemory(from: valueStart, byteCount: value.count)
      used += value.count
    }
    count += 1
  }

  /// The finished block.
  func take() -> HeaderBlock {
    HeaderBlock(layout: UnsafeRawBufferPointer(start: base, count: used), count: count)
  }

  deinit {
    base.deallocate()
  }
}
