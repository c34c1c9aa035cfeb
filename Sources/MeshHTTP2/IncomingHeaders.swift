internal import MeshText

/// The header block that is arriving.
///
/// There is one per connection: blocks never interleave (RFC 9113 §4.3). Its memory is reused.
struct IncomingHeaders: ~Copyable {
  /// What a connection starts with, in bytes: enough for a plain call.
  private static let firstBytes = 480
  /// The most memory that is kept from one block to the next, in bytes.
  private static let keptBytes = 4 << 10

  /// The fields so far, without those after the point where the list became too large.
  private(set) var fields = FieldList(capacity: firstBytes)
  private let limit: Int
  private var listBytes = 0

  /// Whether the list is longer than the limit.
  var isTooLarge: Bool { listBytes > limit }
  /// Whether a field was one that RFC 9113 §8.2.1 forbids.
  var isMalformed = false

  /// Room for lists of `limit` bytes, counted as in RFC 9113 §6.5.2.
  ///
  /// They are taken as blocks need them: ten thousand idle connections would hold 160 MB.
  init(limit: Int) {
    self.limit = limit
  }

  /// Starts a new block.
  mutating func begin() {
    if fields.capacity > Self.keptBytes {
      fields = FieldList(capacity: Self.firstBytes)
    } else {
      fields.removeAll()
    }
    listBytes = 0
    isMalformed = false
  }

  /// Adds a field, unless the list is too large already.
  mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool
  ) {
    listBytes += name.count + value.count + 32
    guard !isTooLarge else { return }
    fields.append(name, value, neverIndexed: neverIndexed)
  }

  /// Whether the block says `:status: 1xx`, an interim answer (RFC 9110 §15.2).
  var isInformational: Bool {
    fields.withFirst(":status") { $0.count == 3 && $0[0] == UInt8(ascii: "1") } ?? false
  }
}
