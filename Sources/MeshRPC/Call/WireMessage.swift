/// A message as it crosses the wire: gRPC's five-byte head and the payload.
///
/// It is in one piece, unless the message has long byte strings, which are not copied. A proxy
/// passes it on untouched; a handler reads the payload in place.
package struct WireMessage: Sendable {
  /// One byte of flags and four of length, big-endian (gRPC over HTTP/2,
  /// "Length-Prefixed-Message").
  package static let headSize = 5

  /// The head and the payload's beginning, mostly all of it.
  package let first: [UInt8]
  /// The rest of the payload in pieces, mostly none.
  package let others: [[UInt8]]
  /// The size of head and payload in bytes.
  package let size: Int

  /// Takes pieces, of which the first five bytes are free, and writes the head into those.
  ///
  /// The payload is at most 4 GiB - 1.
  package init(
    reserved first: consuming [UInt8], _ others: [[UInt8]] = [], compressed: Bool = false
  ) {
    size = others.reduce(first.count) { $0 + $1.count }
    let count = size - Self.headSize
    precondition(
      first.count >= Self.headSize && count <= UInt32.max, "a message is 0 to 4 GiB - 1 bytes")
    first[0] = compressed ? 1 : 0
    first[1] = UInt8(truncatingIfNeeded: count >> 24)
    first[2] = UInt8(truncatingIfNeeded: count >> 16)
    first[3] = UInt8(truncatingIfNeeded: count >> 8)
    first[4] = UInt8(truncatingIfNeeded: count)
    self.first = first
    self.others = others
  }

  /// Takes `bytes` whose head is in place already, as the deframer leaves it.
  package init(framed bytes: consuming [UInt8]) {
    precondition(bytes.count >= Self.headSize, "a framed message has a head")
    size = bytes.count
    first = bytes
    others = []
  }

  /// Frames a copy of `payload`.
  package init(payload: some Collection<UInt8>, compressed: Bool = false) {
    var bytes = [UInt8](repeating: 0, count: Self.headSize)
    bytes.append(contentsOf: payload)
    self.init(reserved: bytes, compressed: compressed)
  }

  /// The payload is compressed by the stream's `grpc-encoding`.
  package var isCompressed: Bool { first[0] & 1 == 1 }

  /// The payload's size in bytes.
  package var payloadSize: Int { size - Self.headSize }

  /// Head and payload in one piece; a copy when they are in several.
  package var bytes: [UInt8] {
    guard !others.isEmpty else { return first }
    var all = first
    all.reserveCapacity(size)
    for piece in others { all.append(contentsOf: piece) }
    return all
  }

  /// Reads the payload in one piece; the pointer is good for the call only.
  package func withPayload<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[Self.headSize...])) }
  }
}

extension WireMessage: Equatable {
  /// Whether both are the same bytes, in whatever pieces.
  package static func == (one: WireMessage, other: WireMessage) -> Bool {
    one.size == other.size && one.bytes == other.bytes
  }
}

/// A message that can be read from and written as a payload; generated messages are.
package protocol RPCMessage: Sendable {
  /// Reads a payload; throws when it is not one.
  init(bytes: UnsafeRawBufferPointer) throws
  /// Writes the payload behind `prefix` zero bytes: a first piece, and others where there are long
  /// byte strings that need no copy.
  func pieces(reserving prefix: Int) -> (first: [UInt8], others: [[UInt8]])
}

extension RPCMessage {
  /// The message, framed for the wire.
  package var framed: WireMessage {
    let pieces = pieces(reserving: WireMessage.headSize)
    return WireMessage(reserved: pieces.first, pieces.others)
  }

  /// Reads a framed message; an unreadable one is the sender's fault, as `failure` words it.
  package init(_ wire: WireMessage, failure: StatusCode) throws(RPCError) {
    precondition(!wire.isCompressed, "an untouched message is for passing on")
    do {
      self = try wire.withPayload { try Self(bytes: $0) }
    } catch {
      throw RPCError(failure, "the message cannot be read: \(error)")
    }
  }
}
