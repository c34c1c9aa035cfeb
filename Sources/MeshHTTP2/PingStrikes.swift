/// When a client may ping, as a server enforces it (gRFC A8).
package struct PingPolicy: Sendable, Equatable {
  /// The shortest time between two pings while we send neither HEADERS nor DATA.
  package var minimumInterval: Duration
  /// Whether that holds without an open stream too; if not, pings may come every two hours then.
  package var permitsWithoutStreams: Bool
  /// Early pings that are forgiven; the next one ends the connection.
  package var strikes: Int

  /// A policy; gRFC A8's own is 300 s, not without streams, 2 strikes.
  package init(minimumInterval: Duration, permitsWithoutStreams: Bool, strikes: Int) {
    self.minimumInterval = minimumInterval
    self.permitsWithoutStreams = permitsWithoutStreams
    self.strikes = strikes
  }
}

/// Counts a client's pings that came too early (gRFC A8, "Server Enforcement").
struct PingStrikes {
  /// What may pass between pings of a connection that is not used.
  private static let idleInterval: UInt64 = 7_200_000_000_000

  private let policy: PingPolicy
  private let interval: UInt64
  private var strikes = 0
  /// Nanoseconds of the last ping; nil when content was sent since, so that the next is in order.
  private var lastPing: UInt64?

  init(_ policy: PingPolicy) {
    self.policy = policy
    let (seconds, attoseconds) = policy.minimumInterval.components
    interval = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }

  /// Counts a ping; false when there were too many.
  mutating func take(at now: UInt64, hasStreams: Bool) -> Bool {
    defer { lastPing = now }
    let isUsed = hasStreams || policy.permitsWithoutStreams
    guard let lastPing, now < lastPing + (isUsed ? interval : Self.idleInterval) else {
      return true
    }
    strikes += 1
    return strikes <= policy.strikes
  }

  /// HEADERS or DATA was sent: honest clients measure their bandwidth by pings meanwhile.
  mutating func forgive() {
    strikes = 0
    lastPing = nil
  }
}
