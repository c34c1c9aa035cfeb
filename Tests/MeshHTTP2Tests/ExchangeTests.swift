import MeshHTTP2
import Testing

@Suite("Exchanges between two sessions")
struct ExchangeTests {
  @Test("a unary call carries headers, body and trailers both ways")
  func unary() throws {
    let pair = try Pair()
    let stream = try pair.client.submitRequest(Pair.request, body: [1, 2, 3])
    try pair.pump()
    #expect(
      pair.serverEvents.take() == [
        .headers(1, Pair.request, .request, endStream: false), .data(1, [1, 2, 3]),
        .endOfStream(1),
      ])
    try pair.server.submitUnary(stream, Pair.response, body: [4, 5], trailers: Pair.ok)
    try pair.pump()
    #expect(
      pair.clientEvents.take() == [
        .headers(1, Pair.response, .response, endStream: false), .data(1, [4, 5]),
        .headers(1, Pair.ok, .trailers, endStream: true), .endOfStream(1), .closed(1, .noError),
      ])
    #expect(pair.serverEvents.take() == [.closed(1, .noError)])
    #expect(pair.client.openStreams == 0)
    #expect(pair.server.openStreams == 0)
    #expect(pair.server.bufferedBytes == 0)
  }

  @Test("a unary answer is three frames in one drain")
  func unaryFrames() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.session.submitUnary(1, Pair.response, body: [7], trailers: Pair.ok)
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.headers, .data, .headers])
    #expect(frames.map { $0.flags & RawFrame.endStream } == [0, 0, RawFrame.endStream])
    #expect(
      peer.decoder.decode(frames[0].payload) == [":status: 200", "content-type: application/grpc"])
    #expect(peer.decoder.decode(frames[2].payload) == ["grpc-status: 0"])
  }

  @Test("an answer without trailers ends with its data")
  func unaryWithoutTrailers() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.session.submitUnary(1, Pair.response, body: [7], trailers: [:])
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.headers, .data])
    #expect(frames[1].flags == RawFrame.endStream)
  }

  @Test("an empty body with trailers makes no DATA frame")
  func emptyBody() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.session.submitUnary(1, Pair.response, body: [], trailers: Pair.ok)
    #expect(try peer.receive().map(\.kind) == [.headers, .headers])
  }

  @Test("trailers-only is one frame")
  func trailersOnly() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    peer.session.submitHeaders(1, [":status": "200", "grpc-status": "5"], endStream: true)
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.headers])
    #expect(frames[0].flags & RawFrame.endStream != 0)
    #expect(peer.recorder.take().last == .closed(1, .noError))
  }

  @Test("both sides stream at once, and data queued late is sent")
  func bidirectional() throws {
    let pair = try Pair()
    let stream = try pair.client.submitRequest(Pair.request, endStream: false)
    try pair.pump()
    pair.server.submitHeaders(stream, Pair.response, endStream: false)
    try pair.pump()
    for turn in 0..<5 as Range<UInt8> {
      try pair.client.send(stream, [turn])
      try pair.server.send(stream, [turn, turn])
      try pair.pump()
    }
    pair.client.finish(stream)
    try pair.pump()
    pair.server.finish(stream, trailers: Pair.ok)
    try pair.pump()
    #expect(pair.serverEvents.data(of: stream) == [0, 1, 2, 3, 4])
    #expect(pair.clientEvents.data(of: stream) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    #expect(pair.serverEvents.events.filter { $0 == .endOfStream(stream) }.count == 1)
    #expect(pair.clientEvents.block(.trailers, of: stream) == Pair.ok)
    #expect(pair.clientEvents.events.last == .closed(stream, .noError))
  }

  @Test("chunks queued before a drain arrive in order in full frames")
  func order() throws {
    let pair = try Pair()
    let stream = try pair.client.submitRequest(Pair.request, endStream: false)
    var expected: [UInt8] = []
    for index in 0..<200 {
      let chunk = [UInt8](repeating: UInt8(index), count: 1 + index * 7 % 1500)
      expected += chunk
      try pair.client.send(stream, chunk)
    }
    pair.client.finish(stream)
    try pair.pump()
    #expect(pair.serverEvents.data(of: stream) == expected)
    #expect(pair.client.bufferedBytes == 0)
  }

  @Test("a server that answers early resets the rest of the request without an error")
  func earlyFinish() throws {
    let pair = try Pair()
    let stream = try pair.client.submitRequest(Pair.request, endStream: false)
    try pair.client.send(stream, [1])
    try pair.pump()
    pair.server.submitHeaders(stream, Pair.response, endStream: false)
    pair.server.finish(stream, trailers: Pair.ok)
    try pair.pump()
    #expect(pair.clientEvents.block(.trailers, of: stream) == Pair.ok)
    #expect(
      pair.clientEvents.take().suffix(2) == [.endOfStream(stream), .closed(stream, .noError)])
    #expect(pair.serverEvents.take().last == .closed(stream, .noError))
    // The client's handler may not know yet.
    try pair.client.send(stream, [2])
    pair.client.finish(stream)
    try pair.pump()
    #expect(pair.serverEvents.take().isEmpty)
  }

  @Test("the early answer is on the wire as trailers, then RST_STREAM with NO_ERROR")
  func earlyFinishFrames() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1, endStream: false)
    try peer.session.submitUnary(1, Pair.response, body: [1], trailers: Pair.ok)
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.headers, .data, .headers, .reset])
    #expect(frames[3].number == 0)
    // What was on its way when the reset left is no mistake, and gives the connection its window.
    try peer.send(.data(1, [UInt8](repeating: 0, count: 16384), endStream: true))
    #expect(peer.recorder.take().last == .closed(1, .noError))
  }

  @Test("a reset from either side reaches the other with its code")
  func resets() throws {
    let pair = try Pair()
    let first = try pair.client.submitRequest(Pair.request, endStream: false)
    let second = try pair.client.submitRequest(Pair.request, endStream: false)
    try pair.pump()
    pair.client.reset(first, .cancel)
    pair.server.reset(second, .enhanceYourCalm)
    try pair.pump()
    #expect(pair.serverEvents.events.contains(.closed(first, .cancel)))
    #expect(pair.clientEvents.events.contains(.closed(second, .enhanceYourCalm)))
    #expect(pair.clientEvents.events.contains(.closed(first, .cancel)))
  }

  @Test("what is submitted for a closed stream is left alone")
  func closedStream() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.send(.reset(1, 8))
    peer.session.submitHeaders(1, Pair.response, endStream: false)
    try peer.session.submitUnary(1, Pair.response, body: [1], trailers: Pair.ok)
    try peer.session.send(1, [1])
    peer.session.finish(1, trailers: Pair.ok)
    peer.session.reset(1, .cancel)
    peer.session.consume(1, 100)
    #expect(try peer.receive().isEmpty)
  }

  @Test("an answer queued before the reset came is dropped, and its memory with it")
  func answerCrossesReset() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    try peer.session.submitUnary(1, Pair.response, body: [1], trailers: Pair.ok)
    try peer.send(.reset(1, 8))
    #expect(peer.recorder.take().last == .closed(1, .cancel))
    #expect(try peer.receive().isEmpty)
    #expect(peer.session.openStreams == 0)
    #expect(peer.session.bufferedBytes == 0)
  }

  @Test("an interim answer comes before the final one")
  func informational() throws {
    let peer = try ScriptedPeer(against: .client)
    let stream = try peer.session.submitRequest(Pair.request, endStream: true)
    _ = try peer.receive()
    try peer.send(
      .headers(1, [(":status", "103")]), .headers(1, [(":status", "200")]),
      .headers(1, [("grpc-status", "0")], endStream: true))
    #expect(
      peer.recorder.take() == [
        .headers(stream, [":status": "103"], .informational, endStream: false),
        .headers(stream, [":status": "200"], .response, endStream: false),
        .headers(stream, ["grpc-status": "0"], .trailers, endStream: true),
        .endOfStream(stream), .closed(stream, .noError),
      ])
  }

  @Test("pings are answered, and our own come back with their number")
  func pings() throws {
    let pair = try Pair()
    pair.client.ping(0x0102_0304_0506_0708)
    pair.server.ping(.max)
    try pair.pump()
    #expect(pair.serverEvents.take() == [.ping(0x0102_0304_0506_0708), .pingAcknowledged(.max)])
    #expect(Set(pair.clientEvents.take().map { "\($0)" }).count == 2)
  }

  @Test("secret fields keep their mark")
  func neverIndexed() throws {
    let pair = try Pair()
    var request = Pair.request
    request.append("authorization", "Bearer x", neverIndexed: true)
    _ = try pair.client.submitRequest(request, endStream: true)
    try pair.pump()
    #expect(pair.serverEvents.block(.request, of: 1) == request)
  }

  @Test("a thousand calls leave nothing behind")
  func manyCalls() throws {
    let pair = try Pair(server: .trusted)
    pair.serverEvents.onEvent = { [unowned pair] event in
      guard case .endOfStream(let stream) = event else { return }
      try? pair.server.submitUnary(  // The body is one byte: there is room.
        stream, Pair.response, body: [9], trailers: Pair.ok)
    }
    for _ in 0..<10 {
      for _ in 0..<100 { _ = try pair.client.submitRequest(Pair.request, body: [1]) }
      try pair.pump()
    }
    let closed = pair.clientEvents.events.filter { event in
      if case .closed(_, .noError) = event { true } else { false }
    }
    #expect(closed.count == 1000)
    #expect(pair.client.openStreams == 0 && pair.server.openStreams == 0)
  }
}
