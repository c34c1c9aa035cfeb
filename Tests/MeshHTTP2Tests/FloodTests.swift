import MeshHTTP2
import Testing

@Suite("Floods")
struct FloodTests {
  private static let few = RateLimit(burst: 5, perSecond: 1)

  /// Sends `frame(n)` until the session throws; how many were taken before that.
  private func taken(
    _ peer: ScriptedPeer, atMost: Int = 50, _ frames: (Int) -> [RawFrame]
  ) -> (Int, HTTP2Error?) {
    for round in 0..<atMost {
      do throws(HTTP2Error) {
        try peer.send(frames(round).flatMap(\.bytes))
        // Resets count when they are sent.
        _ = try peer.session.drain(into: &ignored.bytes, limit: .max >> 1)
      } catch {
        return (round, error)
      }
    }
    return (atMost, nil)
  }

  private final class Ignored { var bytes: [UInt8] = [] }
  private let ignored = Ignored()

  /// The last frame is GOAWAY with ENHANCE_YOUR_CALM and says why, and nothing more happens.
  private func expectGoAway(_ peer: ScriptedPeer, _ flood: HTTP2Flood) throws {
    #expect(peer.session.wantsWrite)
    let frames = try peer.receive()
    #expect(frames.map(\.kind) == [.goAway])
    #expect(RawFrame.number(frames[0].payload[4..<8]) == 11)
    #expect(String(decoding: frames[0].payload[8...], as: UTF8.self) == flood.rawValue)
    #expect(peer.session.isFinished)
    #expect(throws: HTTP2Error.flood(flood)) { try peer.send(.ping()) }
  }

  @Test("resets beyond the budget end the connection")
  func rapidReset() throws {
    var limits = HTTP2Limits()
    limits.resets = Self.few
    let peer = try ScriptedPeer(against: .server, limits: limits)
    let (count, error) = taken(peer) {
      let id = UInt32($0 * 2 + 1)
      return [.request(id), .reset(id, 8)]
    }
    #expect(count == 5)
    #expect(error == .flood(.resets))
    try expectGoAway(peer, .resets)
  }

  @Test("the reset budget comes back with time")
  func resetsOverTime() throws {
    var limits = HTTP2Limits()
    limits.resets = Self.few
    let clock = TestClock()
    let peer = try ScriptedPeer(against: .server, limits: limits, clock: clock)
    let (count, error) = taken(peer) {
      clock.advance(seconds: 1)
      let id = UInt32($0 * 2 + 1)
      return [.request(id), .reset(id, 8)]
    }
    #expect(count == 50)
    #expect(error == nil)
  }

  @Test("SETTINGS beyond the budget end the connection")
  func settings() throws {
    var limits = HTTP2Limits()
    limits.settings = Self.few
    let peer = try ScriptedPeer(against: .server, limits: limits)
    let (count, error) = taken(peer) { _ in [.settings()] }
    #expect(count == 4)  // The peer's first SETTINGS counted too.
    #expect(error == .flood(.settings))
    try expectGoAway(peer, .settings)
  }

  @Test("PINGs from a server beyond the budget end the connection")
  func pings() throws {
    var limits = HTTP2Limits()
    limits.pings = Self.few
    let peer = try ScriptedPeer(against: .client, limits: limits)
    let (count, error) = taken(peer) { _ in [.ping()] }
    #expect(count == 5)
    #expect(error == .flood(.pings))
    try expectGoAway(peer, .pings)
  }

  @Test("acknowledgements that the peer does not read end the connection")
  func unreadAcknowledgements() throws {
    var limits = HTTP2Limits()
    limits.queuedAcknowledgements = 10
    let peer = try ScriptedPeer(against: .server, limits: limits)
    #expect(throws: HTTP2Error.flood(.unreadAcknowledgements)) {
      for _ in 0..<20 { try peer.send(.settings()) }
    }
    try expectGoAway(peer, .unreadAcknowledgements)
  }

  @Test("PRIORITY beyond the budget ends the connection")
  func priorities() throws {
    var limits = HTTP2Limits()
    limits.priorities = Self.few
    let peer = try ScriptedPeer(against: .server, limits: limits)
    let (count, error) = taken(peer) {
      [RawFrame(.priority, stream: UInt32($0 * 2 + 1), [0, 0, 0, 0, 16])]
    }
    #expect(count == 5)
    #expect(error == .flood(.priorities))
    try expectGoAway(peer, .priorities)
  }

  @Test("DATA frames without data beyond the budget end the connection, padded or not")
  func emptyData() throws {
    var limits = HTTP2Limits()
    limits.emptyData = Self.few
    let empty = RawFrame.data(1, [])
    let padding = RawFrame(.data, flags: RawFrame.padded, stream: 1, [3, 0, 0, 0])
    for frame in [empty, padding] {
      let peer = try ScriptedPeer(against: .server, limits: limits)
      try peer.request(1, endStream: false)
      let (count, error) = taken(peer) { _ in [frame] }
      #expect(count == 5)
      #expect(error == .flood(.emptyData))
      try expectGoAway(peer, .emptyData)
    }
  }

  @Test(
    "mistakes that make us reset streams end the connection beyond their budget",
    arguments: ["window overflow", "connection-specific header", "content-length", "bad header"])
  func madeYouReset(mistake: String) throws {
    var limits = HTTP2Limits()
    limits.provokedResets = Self.few
    let peer = try ScriptedPeer(against: .server, limits: limits)
    let (count, error) = taken(peer) {
      let id = UInt32($0 * 2 + 1)
      return switch mistake {
      case "window overflow":
        [.request(id, endStream: false), .windowUpdate(id, 0x7fff_ffff)]
      case "connection-specific header": [.request(id, extra: [("connection", "close")])]
      case "content-length":
        [
          .request(id, endStream: false, extra: [("content-length", "5")]),
          .data(id, [1], endStream: true),
        ]
      default: [.request(id, extra: [("x", "a\u{1}b")])]
      }
    }
    #expect(count == 5)
    #expect(error == .flood(.provokedResets))
    try expectGoAway(peer, .provokedResets)
  }

  @Test("a client takes any number of resets: it opened the streams")
  func resetsFromServer() throws {
    var limits = HTTP2Limits()
    limits.resets = Self.few
    let peer = try ScriptedPeer(against: .client, limits: limits)
    for _ in 0..<50 {
      let stream = try peer.session.submitRequest(Pair.request, endStream: false)
      _ = try peer.receive()
      try peer.send(.reset(UInt32(stream.rawValue), 0))
    }
    #expect(peer.session.openStreams == 0)
  }

  @Test("resets of our own choice cost the peer nothing")
  func ownResets() throws {
    var limits = HTTP2Limits()
    limits.provokedResets = Self.few
    let peer = try ScriptedPeer(against: .server, limits: limits)
    for round in 0..<20 as Range<UInt32> {
      try peer.request(round * 2 + 1, endStream: round % 2 == 0)
      let stream = StreamID(rawValue: Int32(round * 2 + 1))
      if round % 4 < 2 {
        peer.session.reset(stream, .internalError)
      } else {
        try peer.session.submitUnary(stream, Pair.response, body: [1], trailers: Pair.ok)
      }
      _ = try peer.receive()
    }
  }
}
