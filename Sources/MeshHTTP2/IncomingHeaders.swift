/// The header block that is arriving, and that the delegate reads when it is there.
///
/// There is one per connection: blocks never interleave (RFC 9113 §4.3). Its memory is reused, so a
/// delegate takes what it needs during the call.
package struct IncomingHeaders: ~Copyable {
  /// What a connection starts with, in bytes: enough for a plain call.
  private static let firstBytes = 512
  /// The most memory that is kept from one block to the next, in bytes.
  private static let keptBytes = 4 << 10

  private var base: UnsafeMutableRawPointer
  private var used = 0
  private(set) var capacity: Int
  private let limit: Int
  private var listBytes = 0
  /// How many fields there are.
  package private(set) var count = 0

  /// Whether the list is longer than the limit; the fields after that point are dropped.
  var isTooLarge: Bool { listBytes > limit }
  /// Whether a field was one that RFC 9113 §8.2.1 forbids.
  var isMalformed = false

  /// Room for lists of `limit` bytes, counted as in RFC 9113 §6.5.2.
  ///
  /// A field takes less room here than it counts there, so `limit` bytes are always enough. They
  /// are taken as blocks need them: ten thousand idle connections would hold 160 MB.
  init(limit: Int) {
    capacity = Self.firstBytes
    base = .allocate(byteCount: capacity, alignment: 8)
    self.limit = limit
  }

  /// Starts a new block.
  mutating func begin() {
    used = 0
    count = 0
    listBytes = 0
    isMalformed = false
    if capacity > Self.keptBytes { resize(to: Self.firstBytes) }
  }

  /// Adds a field, unless the list is too large already.
  mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool
  ) {
    listBytes += name.count + value.count + 32
    guard !isTooLarge, let nameStart = name.baseAddress else { return }
    let needed = used + HeaderBlock.prefixBytes + name.count + value.count
    if needed > capacity { resize(to: max(needed, 2 * capacity)) }
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

  /// Calls `body` with each field in order: its name in lower case, its value, and whether it must
  /// not be kept by any compression table on its further way (RFC 7541 §6.2.3).
  ///
  /// The bytes are valid only during the call.
  package func forEach(
    _ body:
      (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ neverIndexed: Bool) ->
      Void
  ) {
    var offset = 0
    while offset < used {
      let nameWord = base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      let nameCount = Int(nameWord & ~HeaderBlock.neverIndexedBit)
      let valueCount = Int(base.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
      let name = base + offset + HeaderBlock.prefixBytes
      body(
        UnsafeRawBufferPointer(start: name, count: nameCount),
        UnsafeRawBufferPointer(start: name + nameCount, count: valueCount),
        nameWord & HeaderBlock.neverIndexedBit != 0)
      offset += HeaderBlock.prefixBytes + nameCount + valueCount
    }
  }

  /// A copy of the block that may be kept.
  package func copy() -> HeaderBlock {
    HeaderBlock(layout: UnsafeRawBufferPointer(start: base, count: used), count: count)
  }

  /// Whether the block says `:status: 1xx`, an interim answer (RFC 9110 §15.2).
  var isInformational: Bool {
    var isInterim = false
    forEach { name, value, _ in
      if name.equals(":status") { isInterim = value.count == 3 && value[0] == UInt8(ascii: "1") }
    }
    return isInterim
  }

  /// Moves what is used to memory of another size.
  private mutating func resize(to size: Int) {
    let next = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    next.copyMemory(from: base, byteCount: used)
    base.deallocate()
    base = next
    capacity = size
  }

  deinit {
    base.deallocate()
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these are exactly the bytes of `text`.
  ///
  /// Inlined, and eight bytes at a time: a call compares some ten names.
  @inlinable @inline(__always)
  package func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount, let start = baseAddress else { return false }
    let wanted = UnsafeRawPointer(text.utf8Start)
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
