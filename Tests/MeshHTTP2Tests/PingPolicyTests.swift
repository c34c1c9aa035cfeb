import MeshHTTP2
import Testing

@Suite("A client's pings")
struct PingPolicyTests {
  /// A server whose client pings at these seconds; how many pings were taken.
  private func taken(
    _ policy: PingPolicy, hasStream: Bool, at moments: [UInt64]
  ) throws -> Int {
    var limits = HTTP2Limits()
    limits.pingPolicy = policy
    let clock = TestClock()
    let peer = try ScriptedPeer(against: .server, limits: limits, clock: clock)
    if hasStream { try peer.request(1, endStream: false) }
    var passed: UInt64 = 0
    for (count, moment) in moments.enumerated() {
      clock.advance(seconds: moment - passed)
      passed = moment
      do throws(HTTP2Error) {
        try peer.send(.ping())
      } catch {
        #expect(error == .flood(.pings))
        let frames = try peer.receive()
        #expect(frames.last?.kind == .goAway)
        #expect(frames.last.map { RawFrame.number($0.payload[4..<8]) } == 11)
        #expect(
          frames.last.map { String(decoding: $0.payload[8...], as: UTF8.self) }
            == "too_many_pings")
        return count
      }
    }
    return moments.count
  }

  @Test(
    "are counted when they come early, and the third early one ends the connection",
    arguments: [
      // In order: the first, and those an interval apart.
      ([0, 300, 600, 900, 1200], true, 5),
      ([0, 299, 598, 897], true, 3),
      ([0, 1, 2, 3], true, 3),
      // One that is in time forgives nothing; only content does.
      ([0, 1, 2, 302, 303], true, 4),
      // Without a stream they may come every two hours.
      ([0, 300, 600, 900], false, 3),
      ([0, 7200, 14_400, 21_600], false, 4),
    ])
  func gRPCDefault(moments: [UInt64], hasStream: Bool, count: Int) throws {
    #expect(try taken(HTTP2Limits().pingPolicy, hasStream: hasStream, at: moments) == count)
  }

  @Test("of a trusted peer may come every 5 s, with a call or without", arguments: [true, false])
  func trusted(hasStream: Bool) throws {
    let policy = HTTP2Limits.trusted.pingPolicy
    #expect(try taken(policy, hasStream: hasStream, at: [0, 10, 20, 30, 40]) == 5)
    #expect(try taken(policy, hasStream: hasStream, at: [0, 1, 2, 3]) == 3)
  }

  @Test("are forgiven when the server sends headers or data")
  func content() throws {
    let peer = try ScriptedPeer(against: .server)
    for round in 0..<20 as Range<UInt32> {
      try peer.send(.request(round * 2 + 1), .ping(), .ping(), .ping())
      try peer.session.submitUnary(
        StreamID(rawValue: Int32(round * 2 + 1)), Pair.response, body: [1], trailers: Pair.ok)
      _ = try peer.receive()
    }
    try peer.request(101)
    peer.session.submitHeaders(101, Pair.response, endStream: false)
    for _ in 0..<20 {
      try peer.session.send(101, [1])
      _ = try peer.receive()
      try peer.send(.ping(), .ping(), .ping())
    }
  }
}
