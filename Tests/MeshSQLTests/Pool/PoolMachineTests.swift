import MeshIO
import Testing

@testable import MeshSQL

@Suite("The pool decides who gets which connection")
struct PoolMachineTests {
  private let start = MonotonicTime(nanoseconds: 0)

  private func machine(
    minimum: Int = 0, maximum: Int = 2, waiting: Int = 2, failFastAfter: Duration = .seconds(2)
  ) -> PoolMachine {
    var config = DatabaseConfig(connection: "")
    config.failFastAfter = failFastAfter
    let limits = PoolMachine.Limits(
      minimum: minimum, maximum: maximum, waiting: waiting, acquireTimeout: .seconds(5),
      idleTimeout: .seconds(60), shutDownGrace: .seconds(1))
    return PoolMachine(limits: limits, reconnection: Reconnection(config))
  }

  @Test("the first request opens a connection and gets it")
  func firstRequest() {
    var pool = machine()
    #expect(pool.acquire(1, now: start) == [.open(1)])
    #expect(pool.connected(1, now: start) == [.lease(1, 1)])
    #expect(pool.release(1, now: start) == [])
    #expect(pool.acquire(2, now: start) == [.lease(2, 1)])
  }

  @Test("no more connections are opened than the maximum; requests wait in order")
  func maximum() {
    var pool = machine()
    #expect(pool.acquire(1, now: start) == [.open(1)])
    #expect(pool.acquire(2, now: start) == [.open(2)])
    _ = pool.connected(1, now: start)
    _ = pool.connected(2, now: start)
    #expect(pool.acquire(3, now: start) == [])
    #expect(pool.acquire(4, now: start) == [])
    #expect(pool.release(2, now: start) == [.lease(3, 2)])
    #expect(pool.release(1, now: start) == [.lease(4, 1)])
  }

  @Test("requests beyond the waiting limit are refused at once")
  func waitingLimit() {
    var pool = machine()
    for request in 1...2 { _ = pool.acquire(PoolMachine.RequestID(request), now: start) }
    #expect(pool.acquire(3, now: start) == [.fail(3, .saturated)])
  }

  @Test("a request waits for the acquire timeout and no longer")
  func acquireTimeout() {
    var pool = machine(maximum: 1)
    _ = pool.acquire(1, now: start)
    _ = pool.connected(1, now: start)
    _ = pool.acquire(2, now: start)
    #expect(pool.nextWake == start + .seconds(5))
    #expect(pool.tick(now: start + .milliseconds(4999)) == [])
    #expect(pool.tick(now: start + .seconds(5)) == [.fail(2, .timeout)])
    #expect(pool.waitingCount == 0)
  }

  @Test("an abandoned request gets nothing")
  func abandon() {
    var pool = machine(maximum: 1)
    _ = pool.acquire(1, now: start)
    #expect(pool.abandon(1) == true)
    #expect(pool.abandon(1) == false)
    #expect(pool.connected(1, now: start) == [])
    #expect(pool.idleCount == 1)
  }

  @Test("after a failure one attempt at a time is made, after a growing pause")
  func backoff() {
    var pool = machine()
    _ = pool.acquire(1, now: start)
    _ = pool.acquire(2, now: start)
    #expect(pool.lost(1, reason: "refused", now: start, jitter: 1) == [])
    #expect(pool.lost(2, reason: "refused", now: start, jitter: 1) == [])
    #expect(pool.nextWake == start + .milliseconds(100))
    #expect(pool.tick(now: start + .milliseconds(99)) == [])
    #expect(pool.tick(now: start + .milliseconds(100)) == [.open(3)])
    #expect(pool.connected(3, now: start + .seconds(1)) == [.lease(1, 3), .open(4)])
  }

  @Test("the pause stops growing at its limit, and jitter at most halves it")
  func pauses() {
    var reconnection = Reconnection(DatabaseConfig(connection: ""))
    for _ in 0..<40 { reconnection.failed("refused", now: start, jitter: 1) }
    #expect(reconnection.retryAt == start + .seconds(2))
    reconnection.failed("refused", now: start, jitter: 0)
    #expect(reconnection.retryAt == start + .seconds(1))
  }

  @Test("in an outage that lasts, callers hear of it at once, and probes go on")
  func failFast() {
    var pool = machine()
    _ = pool.acquire(1, now: start)
    _ = pool.lost(1, reason: "refused", now: start, jitter: 0)
    #expect(pool.tick(now: start + .seconds(3)) == [.open(2)])
    _ = pool.abandon(1)
    _ = pool.lost(2, reason: "refused", now: start + .seconds(3), jitter: 0)
    let actions = pool.acquire(2, now: start + .seconds(4))
    #expect(actions == [.fail(2, .unavailable("refused")), .open(3)])
    #expect(pool.acquire(3, now: start + .seconds(4)) == [.fail(3, .unavailable("refused"))])
    #expect(pool.connected(3, now: start + .seconds(5)) == [])
    #expect(pool.acquire(4, now: start + .seconds(5)) == [.lease(4, 3)])
  }

  @Test("after a long silence nobody is refused because of an old failure")
  func oldFailure() {
    var pool = machine()
    _ = pool.acquire(1, now: start)
    _ = pool.lost(1, reason: "refused", now: start, jitter: 0)
    _ = pool.abandon(1)
    #expect(pool.acquire(2, now: start + .seconds(3600)) == [.open(2)])
  }

  @Test("those who wait during an outage learn its reason")
  func outageTimeout() {
    var pool = machine(failFastAfter: .seconds(60))
    _ = pool.acquire(1, now: start)
    _ = pool.lost(1, reason: "refused", now: start, jitter: 0)
    let actions = pool.tick(now: start + .seconds(5))
    #expect(actions.contains(.fail(1, .unavailable("refused"))))
  }

  @Test("a lost connection is replaced when somebody waits")
  func lossOfLeased() {
    var pool = machine(maximum: 1)
    _ = pool.acquire(1, now: start)
    _ = pool.connected(1, now: start)
    _ = pool.acquire(2, now: start)
    #expect(pool.lost(1, reason: "gone", now: start, jitter: 0) == [.open(2)])
    #expect(pool.release(1, now: start) == [])
  }

  @Test("idle connections close after their time, down to the minimum")
  func idleTimeout() {
    var pool = machine(minimum: 1)
    for id in 1...2 {
      _ = pool.acquire(PoolMachine.RequestID(id), now: start)
      _ = pool.connected(id, now: start)
    }
    for id in 1...2 { _ = pool.release(id, now: start) }
    #expect(pool.nextWake == start + .seconds(60))
    #expect(pool.tick(now: start + .seconds(60)) == [.close(1)])
    #expect(pool.nextWake == nil)
    #expect(pool.size == 1)
  }

  @Test("a shut down pool refuses, and closes leased connections when they come back")
  func shutDown() {
    var pool = machine()
    _ = pool.acquire(1, now: start)
    _ = pool.connected(1, now: start)
    _ = pool.acquire(2, now: start)
    #expect(pool.shutDown(now: start) == [.fail(2, .closed), .close(2)])
    #expect(pool.acquire(3, now: start) == [.fail(3, .closed)])
    #expect(!pool.hasEnded)
    #expect(pool.release(1, now: start) == [.close(1)])
    #expect(pool.size == 0)
    #expect(pool.hasEnded)
    #expect(pool.nextWake == nil)
  }

  @Test("a shut down pool closes what is still leased after the grace")
  func shutDownGrace() {
    var pool = machine()
    _ = pool.acquire(1, now: start)
    _ = pool.connected(1, now: start)
    #expect(pool.shutDown(now: start) == [])
    let cutOff = start + .seconds(1)
    #expect(pool.nextWake == cutOff)
    #expect(pool.tick(now: cutOff - .nanoseconds(1)) == [])
    // To be told again changes nothing.
    #expect(pool.shutDown(now: cutOff) == [])
    #expect(pool.tick(now: cutOff) == [.close(1)])
    #expect(pool.hasEnded)
    #expect(pool.nextWake == nil)
    #expect(pool.release(1, now: cutOff) == [])
  }
}
