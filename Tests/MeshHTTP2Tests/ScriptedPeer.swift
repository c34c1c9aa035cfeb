import MeshHTTP2

/// A session under test and, opposite, a peer that sends any bytes at all.
final class ScriptedPeer {
  let recorder = Recorder()
  let session: HTTP2Session
  let decoder = HeaderDecoder()
  private let clock: TestClock

  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// A peer that has exchanged SETTINGS with the session.
  init(
    against role: HTTP2Session.Role, limits: HTTP2Limits = HTTP2Limits(),
    settings: [(UInt16, UInt32)] = [], clock: TestClock = TestClock()
  ) throws {
    self.clock = clock
    self.session = HTTP2Session(
      role: role, limits: limits, delegate: recorder, clock: { clock.now })
    if role == .server { try send(Self.preface) }
    try send(.settings(settings), .settingsAck)
    _ = try receive()
    _ = recorder.take()
  }

  func send(_ frames: RawFrame...) throws(HTTP2Error) {
    try send(frames.flatMap(\.bytes))
  }

  func send(_ bytes: [UInt8]) throws(HTTP2Error) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(HTTP2Error) in try session.feed(bytes) }
    }
    try result.get()
  }

  /// Everything the session has to say.
  func receive() throws -> [RawFrame] {
    var bytes: [UInt8] = []
    while try session.drain(into: &bytes, limit: 1 << 20) {}
    if bytes.starts(with: Self.preface) { bytes.removeFirst(Self.preface.count) }
    return RawFrame.parse(bytes)
  }

  /// Opens a stream as clients do.
  func request(_ stream: UInt32, endStream: Bool = true) throws(HTTP2Error) {
    try send(.request(stream, endStream: endStream))
  }
}

/// A clock that a test moves.
final class TestClock {
  var now: UInt64 = 1_000_000_000

  func advance(seconds: UInt64) {
    now += seconds * 1_000_000_000
  }
}

extension RawFrame {
  static let requestFields = [
    (":method", "POST"), (":scheme", "http"), (":path", "/a.B/C"), (":authority", "mesh"),
    ("te", "trailers"), ("content-type", "application/grpc"),
  ]

  static func request(
    _ stream: UInt32, endStream: Bool = true, extra: [(String, String)] = []
  ) -> RawFrame {
    headers(stream, requestFields + extra, endStream: endStream)
  }

  static func headers(
    _ stream: UInt32, _ fields: [(String, String)], endStream: Bool = false
  ) -> RawFrame {
    RawFrame(
      .headers, flags: endHeaders | (endStream ? Self.endStream : 0), stream: stream,
      HeaderCodec.literal(fields))
  }

  static func data(_ stream: UInt32, _ bytes: [UInt8], endStream: Bool = false) -> RawFrame {
    RawFrame(.data, flags: endStream ? Self.endStream : 0, stream: stream, bytes)
  }

  static func ping(_ opaque: UInt8 = 0) -> RawFrame {
    RawFrame(.ping, [0, 0, 0, 0, 0, 0, 0, opaque])
  }
}
