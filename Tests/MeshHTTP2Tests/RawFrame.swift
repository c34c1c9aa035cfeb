/// A frame as it is on the wire (RFC 9113 §4.1), for peers that follow a script.
struct RawFrame: Equatable {
  enum Kind: UInt8 {
    case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate
    case continuation
  }

  static let endStream: UInt8 = 0x1
  static let ack: UInt8 = 0x1
  static let endHeaders: UInt8 = 0x4
  static let padded: UInt8 = 0x8

  var type: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload: [UInt8] = []

  init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
    self.type = kind.rawValue
    self.flags = flags
    self.stream = stream
    self.payload = payload
  }

  var kind: Kind? { Kind(rawValue: type) }

  /// The payload's first number of 32 bits: the code of RST_STREAM, the increment of WINDOW_UPDATE.
  var number: UInt32 { Self.number(payload[0..<4]) }

  var bytes: [UInt8] {
    let length = UInt32(payload.count)
    return [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
      + [type, flags] + Self.bytes(stream) + payload
  }

  static func settings(_ entries: [(UInt16, UInt32)] = []) -> RawFrame {
    RawFrame(
      .settings, entries.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xff)] + bytes($0.1) })
  }

  static let settingsAck = RawFrame(.settings, flags: ack)

  static func reset(_ stream: UInt32, _ code: UInt32) -> RawFrame {
    RawFrame(.reset, stream: stream, bytes(code))
  }

  static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> RawFrame {
    RawFrame(.windowUpdate, stream: stream, bytes(increment))
  }

  static func bytes(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
  }

  static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Every frame in `bytes`, which must hold whole frames.
  static func parse(_ bytes: [UInt8]) -> [RawFrame] {
    var frames: [RawFrame] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let length = Int(number(rest.prefix(3)))
      let start = rest.startIndex
      guard rest.count >= 9 + length else { break }
      var frame = RawFrame(.data)
      frame.type = rest[start + 3]
      frame.flags = rest[start + 4]
      frame.stream = number(rest[start + 5..<start + 9]) & 0x7fff_ffff
      frame.payload = Array(rest[start + 9..<start + 9 + length])
      frames.append(frame)
      rest = rest.dropFirst(9 + length)
    }
    return frames
  }
}
