import MeshRPC

/// Cuts a stream's DATA into messages; messages do not align with frames (gRPC over HTTP/2,
/// "Length-Prefixed-Message").
struct MessageDeframer {
  /// What is wrong with a message; known from its head, before any of it is kept.
  enum Fault: Error, Equatable {
    /// It is larger than is allowed.
    case tooLarge(size: Int)
    /// Its flags are neither 0 nor 1.
    case unknownFlags(UInt8)
  }

  private let limit: Int
  private var partial: [UInt8] = []
  /// Size of the message that is being gathered, with its head; 0 while the head is.
  private var expected = 0

  /// Allows payloads of at most `limit` bytes.
  init(limit: Int) {
    self.limit = limit
  }

  /// Bytes of an unfinished message.
  var partialCount: Int { partial.count }

  /// Takes a frame's bytes and hands each message that is complete to `deliver`.
  mutating func feed(
    _ bytes: UnsafeRawBufferPointer, _ deliver: (WireMessage) -> Void
  ) throws(Fault) {
    var rest = bytes
    while !rest.isEmpty {
      if partial.isEmpty, let whole = try wholeMessage(rest) {
        deliver(WireMessage(framed: Array(whole)))
        rest = UnsafeRawBufferPointer(rebasing: rest[whole.count...])
        continue
      }
      try gather(&rest)
      if expected > 0, partial.count == expected {
        deliver(WireMessage(framed: partial))
        partial = []
        expected = 0
      }
    }
  }

  /// The message that lies in one piece at the front of `bytes`: the usual case, one copy.
  private func wholeMessage(
    _ bytes: UnsafeRawBufferPointer
  ) throws(Fault) -> UnsafeRawBufferPointer? {
    guard bytes.count >= WireMessage.headSize else { return nil }
    let size = try Self.size(bytes, limit)
    guard bytes.count >= size else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[..<size])
  }

  private mutating func gather(_ rest: inout UnsafeRawBufferPointer) throws(Fault) {
    if expected == 0 {
      take(WireMessage.headSize - partial.count, &rest)
      guard partial.count == WireMessage.headSize else { return }
      let head: Result<Int, Fault> = partial.withUnsafeBytes { bytes in
        do throws(Fault) { return .success(try Self.size(bytes, limit)) } catch {
          return .failure(error)
        }
      }
      expected = try head.get()
      partial.reserveCapacity(expected)
    }
    take(expected - partial.count, &rest)
  }

  private mutating func take(_ count: Int, _ rest: inout UnsafeRawBufferPointer) {
    let count = min(count, rest.count)
    partial.append(contentsOf: rest[..<count])
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }

  private static func size(
    _ head: UnsafeRawBufferPointer, _ limit: Int
  ) throws(Fault) -> Int {
    let payload = Int(UInt32(bigEndian: head.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    guard head[0] <= 1 else { throw .unknownFlags(head[0]) }
    guard payload <= limit else { throw .tooLarge(size: payload) }
    return payload + WireMessage.headSize
  }
}
