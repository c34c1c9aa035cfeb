/// A message as it crosses the wire: gRPC's five-byte head and the payload in one piece.
///
/// A proxy passes it on untouched; a handler reads the payload in place.
package struct WireMessage: Sendable, Equatable {
  /// One byte of flags and four of length, big-endian (gRPC over HTTP/2,
  /// "Length-Prefixed-Message").
  package static let headSize = 5

  /// Head and payload.
  package let bytes: [UInt8]

  /// Takes `bytes`, whose first five are free, and writes the head into them.
  ///
  /// The payload is at most 4 GiB - 1.
  package init(reserved bytes: consuming [UInt8], compressed: Bool = false) {
    let count = bytes.count - Self.headSize
    precondition(count >= 0 && count <= UInt32.max, "a message is 0 to 4 GiB - 1 bytes")
    bytes[0] = compressed ? 1 : 0
    bytes[1] = UInt8(truncatingIfNeeded: count >> 24)
    bytes[2] = UInt8(truncatingIfNeeded: count >> 16)
    bytes[3] = UInt8(truncatingIfNeeded: count >> 8)
    bytes[4] = UInt8(truncatingIfNeeded: count)
    self.bytes = bytes
  }

  /// Takes `bytes` whose head is in place already, as the deframer leaves it.
  package init(framed bytes: consuming [UInt8]) {
    precondition(bytes.count >= Self.headSize, "a framed message has a head")
    self.bytes = bytes
  }

  /// Frames a copy of `payload`.
  package init(payload: some Collection<UInt8>, compressed: Bool = false) {
    var bytes = [UInt8](repeating: 0, count: Self.headSize)
    bytes.append(contentsOf: payload)
    self.init(reserved: bytes, compressed: compressed)
  }

  /// The payload is compressed by the stream's `grpc-encoding`.
  package var isCompressed: Bool { bytes[0] & 1 == 1 }

  /// The payload's size in bytes.
  package var payloadSize: Int { bytes.count - Self.headSize }

  /// Reads the payload in place; the pointer is good for the call only.
  package func withPayload<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[Self.headSize...])) }
  }
}

/// A message that can be read from and written as a payload; generated messages are.
package protocol RPCMessage: Sendable {
  /// Reads a payload; throws when it is not one.
  init(bytes: UnsafeRawBufferPointer) throws
  /// Writes the payload behind `prefix` zero bytes.
  func serialized(reserving prefix: Int) -> [UInt8]
}

extension RPCMessage {
  /// The message, framed for the wire.
  package var framed: WireMessage {
    WireMessage(reserved: serialized(reserving: WireMessage.headSize))
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
