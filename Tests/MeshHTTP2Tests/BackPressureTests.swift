import MeshHTTP2
import Testing

@Suite("Back-pressure")
struct BackPressureTests {
  private static func limits(_ change: (inout HTTP2Limits) -> Void) -> HTTP2Limits {
    var limits = HTTP2Limits()
    change(&limits)
    return limits
  }

  @Test("a sender stops at the stream's window until the receiver consumes")
  func streamWindow() throws {
    let pair = try Pair(server: Self.limits { $0.streamWindowBytes = 1000 })
    let stream = try pair.client.submitRequest(
      Pair.request, body: [UInt8](repeating: 1, count: 2500))
    try pair.pump()
    #expect(pair.serverEvents.data(of: stream).count == 1000)
    #expect(pair.client.bufferedBytes(stream) == 1500)
    pair.server.consume(stream, 1000)
    try pair.pump()
    #expect(pair.serverEvents.data(of: stream).count == 2000)
    pair.server.consume(stream, 1000)
    try pair.pump()
    #expect(pair.serverEvents.data(of: stream).count == 2500)
    #expect(pair.serverEvents.events.last == .endOfStream(stream))
  }

  @Test("the connection's window bounds all streams together, and closing a stream frees its part")
  func connectionWindow() throws {
    let pair = try Pair(server: Self.limits { $0.connectionWindowBytes = 100_000 })
    let first = try pair.client.submitRequest(Pair.request, endStream: false)
    try pair.client.send(first, [UInt8](repeating: 1, count: 100_000))
    try pair.pump()
    #expect(pair.serverEvents.data(of: first).count == 100_000)
    let second = try pair.client.submitRequest(
      Pair.request, body: [UInt8](repeating: 2, count: 50_000))
    try pair.pump()
    #expect(pair.serverEvents.data(of: second).isEmpty)
    // Nobody has consumed the first stream's data; its end gives the window back.
    pair.client.reset(first, .cancel)
    try pair.pump()
    #expect(pair.serverEvents.data(of: second).count == 50_000)
  }

  @Test("consuming more than has come gives no more window")
  func overConsumption() throws {
    let peer = try ScriptedPeer(
      against: .server, limits: Self.limits { $0.streamWindowBytes = 1000 })
    try peer.request(1, endStream: false)
    try peer.send(.data(1, [UInt8](repeating: 0, count: 600)))
    peer.session.consume(1, 1 << 30)
    let updates = try peer.receive().filter { $0.kind == .windowUpdate && $0.stream == 1 }
    #expect(updates.map(\.number) == [600])
  }

  @Test("send asks to wait above the high mark, and drained comes once at the low mark")
  func marks() throws {
    let limits = Self.limits {
      $0.streamOutputHighBytes = 1000
      $0.streamOutputLowBytes = 100
    }
    let peer = try ScriptedPeer(against: .server, limits: limits, settings: [(4, 1000)])
    try peer.request(1)
    peer.session.submitHeaders(1, Pair.response, endStream: false)
    #expect(try peer.session.send(1, [UInt8](repeating: 0, count: 1000)))
    #expect(try !peer.session.send(1, [UInt8](repeating: 0, count: 500)))
    _ = try peer.receive()
    #expect(peer.session.bufferedBytes(1) == 500)
    #expect(!peer.recorder.events.contains { if case .drained = $0 { true } else { false } })
    try peer.send(.windowUpdate(1, 450))
    _ = try peer.receive()
    try peer.send(.windowUpdate(1, 1000))
    _ = try peer.receive()
    #expect(
      peer.recorder.events.filter { if case .drained = $0 { true } else { false } }
        == [.drained(1, 50)])
  }

  @Test("a writer may queue more from within drained")
  func writeWhenDrained() throws {
    let limits = Self.limits {
      $0.streamOutputHighBytes = 1000
      $0.streamOutputLowBytes = 0
    }
    let pair = try Pair(server: limits)
    let stream = try pair.client.submitRequest(Pair.request, endStream: true)
    try pair.pump()
    pair.server.submitHeaders(stream, Pair.response, endStream: false)
    var rounds = 0
    pair.serverEvents.onEvent = { [unowned pair] event in
      guard case .drained = event else { return }
      rounds += 1
      guard rounds < 5 else { return pair.server.finish(stream, trailers: Pair.ok) }
      // There is room: the queue is empty.
      _ = try? pair.server.send(stream, [UInt8](repeating: 1, count: 1001))
    }
    #expect(try !pair.server.send(stream, [UInt8](repeating: 1, count: 1001)))
    try pair.pump()
    #expect(pair.clientEvents.data(of: stream).count == 5 * 1001)
    #expect(pair.clientEvents.events.last == .closed(stream, .noError))
  }

  @Test("one message may be larger than the limit, and none beside it")
  func largeMessage() throws {
    let peer = try ScriptedPeer(
      against: .server, limits: Self.limits { $0.outputBytes = 1000 }, settings: [(4, 0)])
    try peer.send(.request(1), .request(3))
    try peer.session.submitUnary(
      1, Pair.response, body: [UInt8](repeating: 0, count: 5000), trailers: Pair.ok)
    #expect(throws: HTTP2Error.outputFull(limit: 1000)) {
      try peer.session.submitUnary(3, Pair.response, body: [0], trailers: Pair.ok)
    }
  }

  @Test("a peer that does not read makes us hold no more than the limit")
  func outputLimit() throws {
    let peer = try ScriptedPeer(
      against: .server, limits: Self.limits { $0.outputBytes = 1000 }, settings: [(4, 0)])
    try peer.send(.request(1), .request(3))
    try peer.session.submitUnary(
      1, Pair.response, body: [UInt8](repeating: 0, count: 800), trailers: Pair.ok)
    #expect(throws: HTTP2Error.outputFull(limit: 1000)) {
      try peer.session.submitUnary(
        3, Pair.response, body: [UInt8](repeating: 0, count: 201), trailers: Pair.ok)
    }
    // The refused answer was not begun: another fits.
    try peer.session.submitUnary(
      3, Pair.response, body: [UInt8](repeating: 0, count: 200), trailers: Pair.ok)
    #expect(peer.session.bufferedBytes == 1000)
    try peer.send(.reset(1, 8))
    #expect(peer.session.bufferedBytes == 200)
  }

  @Test("drain stops near its limit and goes on where it stopped")
  func drainLimit() throws {
    let peer = try ScriptedPeer(against: .server, settings: [(4, 1 << 20)])
    try peer.send(.windowUpdate(0, 1 << 20))
    try peer.request(1)
    let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    try peer.session.submitUnary(1, Pair.response, body: body, trailers: Pair.ok)
    var all: [UInt8] = []
    var rounds = 0
    while true {
      var part: [UInt8] = []
      let more = try peer.session.drain(into: &part, limit: 20_000)
      #expect(part.count < 20_000 + 16_384 + 9)
      all += part
      rounds += 1
      if !more { break }
    }
    #expect(rounds > 5)
    let frames = RawFrame.parse(all)
    #expect(frames.filter { $0.kind == .data }.flatMap(\.payload) == body)
    #expect(frames.last?.kind == .headers)
  }

  @Test("long answers take turns on the wire")
  func turns() throws {
    let peer = try ScriptedPeer(against: .server, settings: [(4, 1 << 20)])
    try peer.send(.windowUpdate(0, 1 << 20))
    try peer.send(.request(1), .request(3))
    for stream in [1, 3] as [StreamID] {
      try peer.session.submitUnary(
        stream, Pair.response, body: [UInt8](repeating: 0, count: 100_000), trailers: Pair.ok)
    }
    let order = try peer.receive().filter { $0.kind == .data }.map(\.stream)
    #expect(order.prefix(4).sorted() == [1, 1, 3, 3])
  }
}
