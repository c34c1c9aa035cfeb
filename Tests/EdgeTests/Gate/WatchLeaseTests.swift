import Testing

@testable import Edge

@Suite("A watch's lease")
struct WatchLeaseTests {
  @Test("holds from a message until it runs out or the watch ends")
  func holds() {
    let start = ContinuousClock.now
    var lease = WatchLease()
    #expect(!lease.holds(at: start))
    lease.renew(for: .seconds(3), at: start)
    #expect(lease.holds(at: start.advanced(by: .milliseconds(2999))))
    #expect(!lease.holds(at: start.advanced(by: .seconds(3))))
    lease.renew(for: .seconds(3), at: start.advanced(by: .seconds(4)))
    #expect(lease.holds(at: start.advanced(by: .seconds(5))))
    lease.end()
    #expect(!lease.holds(at: start.advanced(by: .seconds(5))))
  }
}
