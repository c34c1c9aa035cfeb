import MeshHTTP2
import Testing

@Suite("GOAWAY")
struct GoAwayTests {
  @Test("a shutdown in two steps loses no request")
  func twoSteps() throws {
    let pair = try Pair()
    let early = try pair.client.submitRequest(Pair.request, endStream: true)
    try pair.pump()
    pair.server.shutdownNotice()
    pair.serverEvents.onEvent = { [unowned pair] event in
      if case .goAwaySent(StreamID(rawValue: .max), _, _) = event { pair.server.ping(1) }
    }
    // Sent before the client has heard of it.
    let late = try pair.client.submitRequest(Pair.request, endStream: true)
    try pair.pump()
    #expect(pair.serverEvents.events.contains(.pingAcknowledged(1)))
    #expect(
      pair.clientEvents.events.contains(
        .goAwayReceived(StreamID(rawValue: .max), .noError, "")))
    #expect(!pair.client.takesRequests)
    #expect(throws: HTTP2Error.noNewStreams) {
      try pair.client.submitRequest(Pair.request, endStream: true)
    }
    pair.server.goAway(debug: "bye")
    try pair.pump()
    #expect(pair.clientEvents.events.contains(.goAwayReceived(late, .noError, "bye")))
    for stream in [early, late] {
      try pair.server.submitUnary(stream, Pair.response, body: [1], trailers: Pair.ok)
    }
    try pair.pump()
    #expect(pair.clientEvents.events.contains(.closed(early, .noError)))
    #expect(pair.clientEvents.events.contains(.closed(late, .noError)))
    #expect(pair.server.isFinished)
    #expect(pair.client.isFinished)
  }

  @Test("streams above the last one are closed as refused")
  func refused() throws {
    let peer = try ScriptedPeer(against: .client)
    for _ in 0..<2 { _ = try peer.session.submitRequest(Pair.request, endStream: true) }
    _ = try peer.receive()
    try peer.send(RawFrame(.goAway, RawFrame.bytes(1) + RawFrame.bytes(0) + Array("why".utf8)))
    #expect(
      peer.recorder.take() == [.goAwayReceived(1, .noError, "why"), .closed(3, .refusedStream)])
    #expect(peer.session.openStreams == 1)
  }

  @Test("a request that had not left when GOAWAY came is closed as refused")
  func neverSent() throws {
    let peer = try ScriptedPeer(against: .client)
    let stream = try peer.session.submitRequest(Pair.request, body: [1, 2, 3])
    try peer.send(RawFrame(.goAway, RawFrame.bytes(0) + RawFrame.bytes(0)))
    #expect(try peer.receive().isEmpty)
    #expect(peer.recorder.take().last == .closed(stream, .refusedStream))
    #expect(peer.session.openStreams == 0)
    #expect(peer.session.bufferedBytes == 0)
  }

  @Test("terminate says GOAWAY and is finished")
  func terminate() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1)
    peer.session.terminate(.internalError)
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.goAway])
    #expect(RawFrame.number(frames[0].payload[4..<8]) == 2)
    #expect(peer.recorder.take().last == .goAwaySent(1, .internalError, ""))
    #expect(peer.session.isFinished)
  }

  @Test("after a mistake that ends the connection, its loss closes the streams")
  func mistakeThenLost() throws {
    let peer = try ScriptedPeer(against: .server)
    try peer.request(1, endStream: false)
    try peer.send(.data(0, [1]))
    _ = try peer.receive()
    #expect(peer.session.isFinished)
    _ = peer.recorder.take()
    peer.session.connectionLost(.protocolError)
    #expect(peer.recorder.take() == [.closed(1, .protocolError)])
    try peer.session.submitUnary(1, Pair.response, body: [1], trailers: Pair.ok)
    #expect(try peer.receive().isEmpty)
  }

  @Test("a lost connection closes every stream, once")
  func lost() throws {
    let pair = try Pair()
    let stream = try pair.client.submitRequest(Pair.request, body: [1])
    try pair.pump()
    _ = pair.clientEvents.take()
    pair.client.connectionLost(.internalError)
    pair.client.connectionLost(.internalError)
    #expect(pair.clientEvents.take() == [.closed(stream, .internalError)])
    #expect(pair.client.isFinished)
    #expect(!pair.client.takesRequests)
  }

  @Test("of a lost connection, requests that had not left are closed as refused")
  func lostUnsent() throws {
    let peer = try ScriptedPeer(against: .client)
    let sent = try peer.session.submitRequest(Pair.request, endStream: true)
    _ = try peer.receive()
    let unsent = try peer.session.submitRequest(Pair.request, endStream: true)
    peer.session.connectionLost(.internalError)
    #expect(
      Set(peer.recorder.take().map { "\($0)" })
        == Set(
          [Event.closed(sent, .internalError), .closed(unsent, .refusedStream)].map { "\($0)" }))
  }
}
