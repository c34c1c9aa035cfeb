import MeshHTTP2
import MeshText
import Testing

@Suite("The peer's mistakes")
struct ProtocolFaultTests {
  @Test("something that is not HTTP/2 is told so")
  func badPreface() throws {
    let recorder = Recorder()
    let session = HTTP2Session(role: .server, limits: HTTP2Limits(), delegate: recorder)
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    #expect(throws: HTTP2Error.badPreface) {
      try bytes.withUnsafeBytes { try session.feed($0) }
    }
    var output: [UInt8] = []
    #expect(try !session.drain(into: &output, limit: 1 << 20))
    #expect(RawFrame.parse(output).last?.kind == .goAway)
    #expect(session.isFinished)
    withExtendedLifetime(recorder) {}
  }

  @Test("a broken frame ends the connection with GOAWAY and its reason")
  func brokenFrame() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.send(.data(0, [1]))
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.goAway])
    #expect(RawFrame.number(frames[0].payload[4..<8]) == 1)
    guard case .goAwaySent(0, .protocolError, let reason) = peer.recorder.take().last else {
      Issue.record("no goAwaySent")
      return
    }
    #expect(reason.contains("DATA"))
    #expect(peer.session.isFinished)
  }

  @Test("a request with a forbidden field is reset and never heard of")
  func malformed() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.send(.request(1, endStream: false, extra: [("x", "a\u{1}b")]))
    try peer.send(.data(1, [1, 2, 3], endStream: true))
    #expect(try peer.receive() == [.reset(1, 1)])
    #expect(peer.recorder.take().isEmpty)
    #expect(peer.session.openStreams == 0)
    try peer.request(3)
    #expect(peer.recorder.block(.request, of: 3) != nil)
  }

  @Test("values with spaces at their ends are taken as they are")
  func spaces() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.send(.request(1, extra: [("x", " a ")]))
    #expect(peer.recorder.block(.request, of: 1)?.first("x") == " a ")
  }

  @Test("HEADERS on a number that was skipped end the connection")
  func skippedNumber() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(5)
    #expect(throws: HTTP2Error.self) { try peer.request(3) }
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.goAway])
    #expect(RawFrame.number(frames[0].payload[4..<8]) == 1)
  }

  @Test("PRIORITY for stream 0 ends the connection")
  func priorityOfNothing() throws {
    let peer = try ScriptedPeer(against: .server)
    #expect(
      throws: HTTP2Error.protocolViolation(.protocolError, reason: "PRIORITY: stream 0")
    ) { try peer.send(RawFrame(.priority, [0, 0, 0, 0, 16])) }
    #expect(try peer.receive().map(\.kind) == [.goAway])
  }

  @Test("HEADERS after END_STREAM on a stream that is over end the connection")
  func afterEnd() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.session.submitUnary(1, Pair.response, body: [1], trailers: Pair.ok)
    _ = try peer.receive()
    #expect(
      throws: HTTP2Error.protocolViolation(.streamClosed, reason: "HEADERS: stream has ended")
    ) { try peer.request(1) }
    #expect(try peer.receive().map(\.kind) == [.goAway])
  }

  @Test("HEADERS on a stream that the client has reset end the connection")
  func afterReset() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1, endStream: false)
    try peer.send(.reset(1, 8))
    #expect(
      throws: HTTP2Error.protocolViolation(.streamClosed, reason: "HEADERS: stream has ended")
    ) { try peer.send(.headers(1, [("t", "1")], endStream: true)) }
    #expect(try peer.receive().map(\.kind) == [.goAway])
  }

  @Test(
    "an initial window that overflows an open stream's window ends the connection",
    arguments: [(65_536, true), (65_535, false), (1, false), (0x7fff_ffff, true)])
  func initialWindow(size: UInt32, isFault: Bool) throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.send(.windowUpdate(1, 0x7fff_ffff - 65_535))
    let bytes = RawFrame.settings([(4, size)]).bytes
    // In two pieces, and the first one alone changes nothing.
    try peer.send(Array(bytes[..<12]))
    #expect(try peer.receive().isEmpty)
    guard isFault else {
      try peer.send(Array(bytes[12...]))
      return #expect(try peer.receive() == [.settingsAck])
    }
    let reason = "SETTINGS: a stream's window overflows"
    #expect(throws: HTTP2Error.protocolViolation(.flowControlError, reason: reason)) {
      try peer.send(Array(bytes[12...]))
    }
    #expect(try peer.receive().map(\.kind) == [.goAway])
  }

  @Test("frames after END_STREAM on a stream that is not answered yet end the connection")
  func halfClosed() throws {
    for late in [RawFrame.request(1), .data(1, [1])] {
      let peer = try ScriptedPeer(against: .server)
      try peer.request(1)
      try peer.send(late)
      let frames = try peer.receive()
      #expect(frames.map(\.kind) == [.goAway])
      #expect(RawFrame.number(frames[0].payload[4..<8]) == 5)
    }
  }

  @Test("frames that crossed our reset are ignored, and their bytes give the window back")
  func crossedReset() throws {
    var limits = HTTP2Limits()
    limits.connectionWindowBytes = 65_535
    let peer = try ScriptedPeer(against: .server, limits: limits)
    try peer.request(1, endStream: false)
    peer.session.reset(1, .cancel)
    #expect(try peer.receive() == [.reset(1, 8)])
    for _ in 0..<3 { try peer.send(.data(1, [UInt8](repeating: 0, count: 16_000))) }
    try peer.send(.headers(1, [("t", "1")], endStream: true))
    let updates = try peer.receive()
    #expect(updates.contains { $0.kind == .windowUpdate && $0.stream == 0 && $0.number >= 32_000 })
    #expect(peer.recorder.take().last == .closed(1, .cancel))
  }

  @Test("padding is taken, costs window and is given back; we never send any")
  func padding() throws {
    let peer = try ScriptedPeer(against: .server)
    let fields = HeaderCodec.literal(RawFrame.requestFields)
    try peer.send(
      RawFrame(.headers, flags: 0x4 | RawFrame.padded, stream: 1, [4] + fields + [0, 0, 0, 0]),
      RawFrame(.data, flags: 0x1 | RawFrame.padded, stream: 1, [2, 7, 8, 0, 0]))
    #expect(peer.recorder.block(.request, of: 1)?.count == RawFrame.requestFields.count)
    #expect(peer.recorder.data(of: 1) == [7, 8])
    try peer.session.submitUnary(
      1, Pair.response, body: [UInt8](repeating: 1, count: 40_000), trailers: Pair.ok)
    let frames = try peer.receive()
    #expect(frames.filter { $0.kind == .data }.map(\.payload.count) == [16384, 16384, 7232])
    #expect(frames.allSatisfy { $0.flags & RawFrame.padded == 0 })
  }

  @Test("bytes may come one at a time")
  func oneByteAtATime() throws {
    let peer = try ScriptedPeer(against: .server)
    let frames = [RawFrame.request(1, endStream: false), .data(1, [1, 2], endStream: true)]
    for byte in frames.flatMap(\.bytes) { try peer.send([byte]) }
    #expect(peer.recorder.block(.request, of: 1)?.count == RawFrame.requestFields.count)
    #expect(peer.recorder.data(of: 1) == [1, 2])
    #expect(peer.recorder.events.last == .endOfStream(1))
  }

  @Test("trailers too large to be sent reset the stream instead of leaving the peer waiting")
  func oversizedTrailers() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    let trailers: FieldList = ["grpc-message": String(repeating: "m", count: 70_000)]
    try peer.session.submitUnary(1, Pair.response, body: [1], trailers: trailers)
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.headers, .data, .reset])
    #expect(frames[2].number == 2)
    #expect(peer.recorder.take().last == .closed(1, .internalError))
    #expect(peer.session.openStreams == 0)
  }
}
