import Testing

@testable import MeshRPC

@Suite("Keepalive")
struct KeepaliveTests {
  private static let second: Int64 = 1_000_000_000

  private func keepalive(withoutCalls: Bool = false) -> Keepalive {
    Keepalive(
      Keepalive.Config(time: .seconds(10), timeout: .seconds(5), withoutCalls: withoutCalls),
      at: 0)
  }

  @Test("pings a peer that was silent for its time, and gives up without an answer")
  func gone() {
    var keepalive = keepalive()
    #expect(keepalive.check(at: 0, openCalls: 1) == .wait(.seconds(10)))
    keepalive.didRead(at: 4 * Self.second)
    #expect(keepalive.check(at: 10 * Self.second, openCalls: 1) == .wait(.seconds(4)))
    #expect(keepalive.check(at: 14 * Self.second, openCalls: 1) == .ping(.seconds(5)))
    #expect(keepalive.check(at: 16 * Self.second, openCalls: 1) == .wait(.seconds(3)))
    #expect(keepalive.check(at: 19 * Self.second, openCalls: 1) == .giveUp)
  }

  @Test("takes anything that is read for an answer")
  func answered() {
    var keepalive = keepalive()
    #expect(keepalive.check(at: 10 * Self.second, openCalls: 1) == .ping(.seconds(5)))
    keepalive.didRead(at: 12 * Self.second)
    #expect(keepalive.check(at: 15 * Self.second, openCalls: 1) == .wait(.seconds(7)))
  }

  @Test("sleeps while no call is open, unless told otherwise")
  func withoutCalls() {
    var quiet = keepalive()
    #expect(quiet.check(at: 60 * Self.second, openCalls: 0) == .sleep)
    #expect(quiet.check(at: 61 * Self.second, openCalls: 1) == .ping(.seconds(5)))
    var eager = keepalive(withoutCalls: true)
    #expect(eager.check(at: 60 * Self.second, openCalls: 0) == .ping(.seconds(5)))
  }

  @Test("asks at once when a call has expired without a word, and doubts until there is one")
  func expired() {
    var keepalive = keepalive()
    keepalive.didRead(at: 2 * Self.second)
    // Something was said while the call was open.
    #expect(keepalive.callExpired(began: Self.second, at: 3 * Self.second) == false)
    #expect(!keepalive.isDoubtful)
    #expect(keepalive.callExpired(began: 2 * Self.second, at: 3 * Self.second) == true)
    #expect(keepalive.isDoubtful)
    // Further ones need no further PING.
    #expect(keepalive.callExpired(began: 2 * Self.second, at: 4 * Self.second) == false)
    #expect(keepalive.check(at: 4 * Self.second, openCalls: 1) == .wait(.seconds(4)))
    var answered = keepalive
    answered.didRead(at: 5 * Self.second)
    #expect(!answered.isDoubtful)
    #expect(answered.check(at: 8 * Self.second, openCalls: 1) == .wait(.seconds(7)))
    #expect(keepalive.check(at: 8 * Self.second, openCalls: 0) == .giveUp)
  }

  @Test("asks a peer that is only slow no more often than one that says nothing")
  func expiredOften() {
    var keepalive = keepalive()
    #expect(keepalive.callExpired(began: 0, at: Self.second) == true)
    keepalive.didRead(at: Self.second + 1)
    #expect(keepalive.callExpired(began: 2 * Self.second, at: 3 * Self.second) == false)
    #expect(!keepalive.isDoubtful)
    #expect(keepalive.callExpired(began: 10 * Self.second, at: 11 * Self.second - 1) == false)
    #expect(keepalive.callExpired(began: 10 * Self.second, at: 11 * Self.second) == true)
  }

  @Test("doubts a peer that was asked already and lets a call expire")
  func askedAlready() {
    var keepalive = keepalive()
    #expect(keepalive.check(at: 10 * Self.second, openCalls: 1) == .ping(.seconds(5)))
    #expect(!keepalive.isDoubtful)
    #expect(keepalive.callExpired(began: 9 * Self.second, at: 11 * Self.second) == false)
    #expect(keepalive.isDoubtful)
  }

  @Test("asks no more often than every ten seconds, and half as often after a complaint")
  func bounds() {
    let config = Keepalive.Config(time: .seconds(1))
    #expect(config.time == .seconds(10))
    #expect(config.doubled.time == .seconds(20))
    #expect(config.doubled.doubled.time == .seconds(40))
  }
}

@Suite("The health protocol's messages")
struct HealthProtocolTests {
  @Test("are read and written as protobuf has them")
  func coding() {
    #expect(HealthProtocol.request("").bytes == [0, 0, 0, 0, 0])
    #expect(HealthProtocol.request("ab").bytes == [0, 0, 0, 0, 4, 0x0A, 2, 97, 98])
    let long = [UInt8](repeating: 97, count: 300)
    let request = HealthProtocol.request(String(decoding: long, as: UTF8.self))
    #expect(request.withPayload { Array($0) } == [0x0A, 0xAC, 2] + long)
    for (payload, isServing): ([UInt8], Bool) in [
      ([8, 1], true), ([8, 2], false), ([8, 3], false), ([8, 0], false), ([], false), ([8], false),
    ] {
      #expect(HealthProtocol.isServing(WireMessage(payload: payload)) == isServing)
    }
  }
}

@Suite("The circuit breaker")
struct CircuitBreakerTests {
  @Test("lets so many calls in at once and refuses the next")
  func limit() {
    let breaker = CircuitBreaker(limit: 2)
    #expect(breaker.enter())
    #expect(breaker.enter())
    #expect(!breaker.enter())
    #expect(breaker.refusal.code == .unavailable)
    #expect(breaker.refusal.reach == .client)
    breaker.leave()
    #expect(breaker.enter())
    #expect(!breaker.enter())
  }
}
