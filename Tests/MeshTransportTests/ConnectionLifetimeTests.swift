import MeshIO
import Testing

@testable import MeshTransport

@Suite("The life of a connection")
struct ConnectionLifetimeTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  private func at(_ seconds: Double) -> MonotonicTime { Self.start + .seconds(seconds) }

  private func life(
    jitter: Double = 0, _ change: (inout LifetimePolicy) -> Void = { _ in }
  ) -> ConnectionLifetime {
    var policy = LifetimePolicy.trusted
    change(&policy)
    return ConnectionLifetime(policy, now: Self.start, jitter: jitter)
  }

  @Test("is as gRPC has it by default, but for idle strangers")
  func defaults() {
    let policy = LifetimePolicy()
    #expect(policy.keepaliveTime == .seconds(7200))
    #expect(policy.keepaliveTimeout == .seconds(20))
    #expect(policy.maxIdle == .seconds(600))
    #expect(policy.maxAge == nil)
    #expect(policy.maxAgeGrace == nil)
    #expect(LifetimePolicy.trusted.maxIdle == nil)
  }

  @Test("pings a silent peer and gives it up when it stays silent")
  func keepalive() {
    var life = life { $0.keepaliveTime = .seconds(100) }
    life.heard(at: at(10))
    #expect(life.nextWake(after: at(10)) == at(110))
    #expect(life.wake(at: at(100)) == [])
    #expect(life.wake(at: at(110)) == [.ping])
    #expect(life.nextWake(after: at(110)) == at(130))
    #expect(life.wake(at: at(129)) == [])
    #expect(life.wake(at: at(130)) == [.abort("keepalive: the peer does not answer")])
    #expect(life.wake(at: at(1000)) == [])
  }

  @Test("goes on when a pinged peer says anything at all")
  func keepaliveAnswered() {
    var life = life { $0.keepaliveTime = .seconds(100) }
    #expect(life.wake(at: at(100)) == [.ping])
    life.heard(at: at(119))
    #expect(life.wake(at: at(120)) == [])
    #expect(life.wake(at: at(219)) == [.ping])
  }

  @Test("ends after the longest idle time, which begins with the last call's end")
  func idle() {
    var life = life { $0.maxIdle = .seconds(60) }
    #expect(life.nextWake(after: at(0)) == at(60))
    life.callOpened()
    life.callOpened()
    #expect(life.wake(at: at(60)) == [])
    #expect(life.nextWake(after: at(60)) == at(120))
    #expect(life.callEnded(at: at(61)) == nil)
    #expect(life.wake(at: at(200)) == [])
    #expect(life.callEnded(at: at(210)) == nil)
    #expect(life.nextWake(after: at(210)) == at(270))
    #expect(life.wake(at: at(269)) == [])
    #expect(life.wake(at: at(270)) == [.announce])
    #expect(life.farewellAnswered() == [.leave(debug: "max_idle"), .close])
  }

  @Test("ends at its age, give or take a tenth", arguments: [(-1.0, 90.0), (0, 100), (1, 110)])
  func age(jitter: Double, seconds: Double) {
    var life = life(jitter: jitter) { $0.maxAge = .seconds(100) }
    life.callOpened()
    #expect(life.nextWake(after: at(0)) == at(seconds))
    #expect(life.wake(at: at(seconds - 1)) == [])
    #expect(life.wake(at: at(seconds)) == [.announce])
    #expect(life.farewellAnswered() == [.leave(debug: "max_age")])
    #expect(life.callEnded(at: at(500)) == .close)
  }

  @Test("cancels the calls of a connection that is too old after the grace period")
  func grace() {
    var life = life {
      $0.maxAge = .seconds(100)
      $0.maxAgeGrace = .seconds(10)
    }
    life.callOpened()
    #expect(life.wake(at: at(100)) == [.announce])
    #expect(life.farewellAnswered() == [.leave(debug: "max_age")])
    #expect(life.nextWake(after: at(101)) == at(110))
    #expect(life.wake(at: at(109)) == [])
    #expect(life.wake(at: at(110)) == [.abort("max_age: the grace period is over")])
  }

  @Test("says goodbye once, in two steps, and closes with the last call")
  func farewell() {
    var life = life()
    life.callOpened()
    #expect(!life.isEnding)
    #expect(life.end("draining", at: at(5)) == .announce)
    #expect(life.end("draining", at: at(6)) == nil)
    #expect(life.isEnding)
    // A call that was on its way.
    life.callOpened()
    #expect(life.callEnded(at: at(7)) == nil)
    #expect(life.callEnded(at: at(7)) == nil)
    life.callOpened()
    #expect(life.farewellAnswered() == [.leave(debug: "draining")])
    #expect(life.farewellAnswered() == [])
    #expect(life.callEnded(at: at(8)) == .close)
  }

  @Test("does not wait for ever for an answer to its goodbye")
  func farewellUnanswered() {
    var life = life()
    #expect(life.end("draining", at: at(5)) == .announce)
    #expect(life.nextWake(after: at(5)) == at(25))
    #expect(life.wake(at: at(24)) == [])
    #expect(life.wake(at: at(25)) == [.leave(debug: "draining"), .close])
  }
}

@Suite("What stands still")
struct StallClockTests {
  @Test("is noticed when nothing has moved for the limit, and only while something waits")
  func stall() {
    var clock = StallClock(limit: .seconds(10))
    func look(_ seconds: Int, _ progress: UInt64, waiting: Bool = true) -> Bool {
      clock.isStalled(
        isWaiting: waiting, progress: progress,
        at: MonotonicTime(nanoseconds: 0) + .seconds(seconds))
    }
    #expect(!look(0, 1, waiting: false))
    #expect(!look(100, 1))
    #expect(!look(109, 1))
    #expect(!look(109, 2))
    #expect(!look(118, 2))
    #expect(look(119, 2))
    #expect(!look(120, 2, waiting: false))
    #expect(!look(140, 2))
  }
}

@Suite("How many connections a server takes")
struct ConnectionCountsTests {
  private static func counts(_ change: (inout ConnectionCaps) -> Void) -> ConnectionCounts {
    var caps = ConnectionCaps()
    change(&caps)
    return ConnectionCounts(caps)
  }

  private func network(_ text: String) throws -> ClientNetwork? {
    ClientNetwork(try SocketAddress(parsing: text))
  }

  @Test("is capped in all and per address")
  func connections() throws {
    var counts = Self.counts {
      $0.connections = 4
      $0.connectionsPerAddress = 2
    }
    let (one, other) = (try network("10.0.0.1:1"), try network("10.0.0.2:1"))
    for _ in 0..<2 {
      #expect(counts.admit(one) == nil)
      counts.greeted(one)
    }
    #expect(counts.admit(one) == .connectionsOfAddress)
    #expect(counts.admit(other) == nil)
    // A unix socket has no address to count.
    #expect(counts.admit(nil) == nil)
    #expect(counts.admit(other) == .connections)
    counts.ended(one, hadGreeted: true)
    #expect(counts.admit(one) == nil)
  }

  @Test("is capped for those that have not greeted")
  func handshakes() throws {
    var counts = Self.counts {
      $0.handshakes = 3
      $0.handshakesPerAddress = 2
    }
    let (one, other) = (try network("10.0.0.1:1"), try network("10.0.0.2:1"))
    #expect(counts.admit(one) == nil)
    #expect(counts.admit(one) == nil)
    #expect(counts.admit(one) == .handshakesOfAddress)
    #expect(counts.admit(other) == nil)
    #expect(counts.admit(other) == .handshakes)
    counts.ended(one, hadGreeted: false)
    #expect(counts.admit(other) == nil)
    counts.greeted(one)
    #expect(counts.admit(one) == nil)
  }

  @Test("counts an IPv6 network as one, and IPv4 the same through either family")
  func networks() throws {
    #expect(try network("[2001:db8::1]:1") == network("[2001:db8::2]:9"))
    #expect(try network("[2001:db8::1]:1") != network("[2001:db8:0:1::1]:1"))
    #expect(try network("[::ffff:10.0.0.1]:1") == network("10.0.0.1:2"))
    #expect(try network("10.0.0.1:1") != network("10.0.0.2:1"))
    #expect(try network("unix:/tmp/x") == nil)
  }
}
