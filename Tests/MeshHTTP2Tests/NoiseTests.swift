import MeshHTTP2
import Testing

@Suite("Noise")
struct NoiseTests {
  /// The same numbers in every run.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private static func frame(_ dice: inout Dice) -> RawFrame {
    let stream = UInt32.random(in: 0...12, using: &dice)
    let noise = (0..<Int.random(in: 0...20, using: &dice)).map { _ in
      UInt8.random(in: 0...255, using: &dice)
    }
    switch Int.random(in: 0...9, using: &dice) {
    case 0, 1, 2: return .request(stream | 1, endStream: Bool.random(using: &dice))
    case 3, 4: return .data(stream | 1, noise, endStream: Bool.random(using: &dice))
    case 5: return .reset(stream | 1, 8)
    case 6: return .windowUpdate(stream, UInt32.random(in: 1...1000, using: &dice))
    case 7: return .ping()
    default:
      var frame = RawFrame(.data, flags: UInt8.random(in: 0...255, using: &dice), stream: stream)
      frame.type = UInt8.random(in: 0...12, using: &dice)
      frame.payload = noise
      return frame
    }
  }

  @Test("frames in any order, right or wrong, end in an error or in order, never in a crash")
  func frames() throws {
    for seed in 0..<400 as Range<UInt64> {
      var dice = Dice(state: seed &* 0x9e37_79b9_7f4a_7c15)
      let peer = try ScriptedPeer(against: seed % 4 == 0 ? .client : .server)
      var open: Set<StreamID> = []
      peer.recorder.onEvent = { event in
        switch event {
        case .headers(let stream, _, .request, _): open.insert(stream)
        case .closed(let stream, _): open.remove(stream)
        default: break
        }
      }
      if peer.session.role == .client {
        for _ in 0..<4 { _ = try peer.session.submitRequest(Pair.request, endStream: false) }
      }
      do {
        for _ in 0..<60 {
          try peer.send(Self.frame(&dice).bytes)
          if let stream = open.randomElement(using: &dice) {
            act(on: peer.session, stream, &dice)
            open.remove(stream)
          }
          if Bool.random(using: &dice) { _ = try peer.receive() }
        }
      } catch {
        #expect(!peer.session.wantsRead)
      }
      _ = try peer.receive()
      peer.session.connectionLost(.internalError)
      #expect(peer.session.bufferedBytes == 0)
    }
  }

  private func act(on session: HTTP2Session, _ stream: StreamID, _ dice: inout Dice) {
    switch Int.random(in: 0...3, using: &dice) {
    case 0: session.reset(stream, .cancel)
    case 1: session.submitHeaders(stream, Pair.response, endStream: true)
    case 2:
      session.submitHeaders(stream, Pair.response, endStream: false)
      _ = try? session.send(stream, [1, 2, 3])  // Three bytes: there is room.
      session.finish(stream, trailers: Pair.ok)
    default:
      // One byte: there is room.
      try? session.submitUnary(stream, Pair.response, body: [1], trailers: Pair.ok)
    }
  }

  @Test("bytes without any sense are refused, whatever they are")
  func bytes() throws {
    for seed in 0..<200 as Range<UInt64> {
      var dice = Dice(state: seed)
      let peer = try ScriptedPeer(against: .server)
      let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &dice) }
      // The length of a random frame is about eight million bytes: it is too large.
      try peer.send([0xff] + noise)
      #expect(try peer.receive().last?.kind == .goAway)
      #expect(peer.session.isFinished)
    }
  }
}
