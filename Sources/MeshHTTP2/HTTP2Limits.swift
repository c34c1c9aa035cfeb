/// How many of something are taken at once, and how fast the budget comes back.
package struct RateLimit: Sendable, Equatable {
  /// The full budget: what may come in one go.
  package var burst: Int
  /// What comes back in a second.
  package var perSecond: Int

  /// A budget of `burst` that regrows by `perSecond`.
  package init(burst: Int, perSecond: Int) {
    self.burst = burst
    self.perSecond = perSecond
  }
}

/// What one connection may cost.
///
/// The defaults are for strangers. `trusted` is for peers that showed a certificate of the mesh.
package struct HTTP2Limits: Sendable, Equatable {
  /// Streams that the peer may have open on a server; beyond it streams are refused.
  package var concurrentStreams = 250
  /// Bytes that the peer may send on one stream before we consume them, at most 2^31-1.
  package var streamWindowBytes = 1 << 20
  /// Bytes that the peer may send on all streams before we consume them, at most 2^31-1.
  package var connectionWindowBytes = 4 << 20
  /// The size of one header list: for each field its name, its value and 32 (RFC 9113 §6.5.2).
  ///
  /// Larger lists are decoded and dropped, and reported as `headerListTooLarge`.
  package var headerListBytes = 16 << 10
  /// CONTINUATION frames in one header block.
  package var continuations = 8
  /// RST_STREAM frames from a client; deadlines and hedging make honest clients send them.
  package var resets = RateLimit(burst: 1000, perSecond: 33)
  /// Streams that a server resets for the client's mistakes.
  package var provokedResets = RateLimit(burst: 100, perSecond: 10)
  /// SETTINGS frames from the peer, acknowledgements aside.
  package var settings = RateLimit(burst: 100, perSecond: 10)
  /// When a client may send PING.
  package var pingPolicy = PingPolicy(
    minimumInterval: .seconds(300), permitsWithoutStreams: false, strikes: 2)
  /// PING frames from a server, acknowledgements aside.
  ///
  /// The budget is full again whenever we send HEADERS or DATA: honest servers measure their
  /// bandwidth by pings while they receive.
  package var pings = RateLimit(burst: 100, perSecond: 10)
  /// PRIORITY frames from the peer.
  package var priorities = RateLimit(burst: 200, perSecond: 20)
  /// DATA frames from the peer that carry nothing.
  package var emptyData = RateLimit(burst: 100, perSecond: 10)
  /// Acknowledgements of PING and SETTINGS that wait to be sent.
  package var queuedAcknowledgements = 1000
  /// Queued DATA of one stream above which `send` asks its caller to wait.
  package var streamOutputHighBytes = 256 << 10
  /// Queued DATA of one stream at which `drained` lets the caller go on.
  package var streamOutputLowBytes = 64 << 10
  /// Queued DATA of all streams; beyond it `send` throws `outputFull`.
  ///
  /// A peer that reads slowly cannot make us hold more than this, or one message that is larger:
  /// the largest message that gRPC receives by default, and as much again for its neighbours.
  package var outputBytes = 8 << 20

  /// The limits for strangers.
  package init() {}

  /// The limits for authenticated peers of the mesh: many calls on few connections, and cancelled
  /// calls by the thousand when something is slow.
  package static let trusted: HTTP2Limits = {
    var limits = HTTP2Limits()
    limits.concurrentStreams = 2000
    limits.resets = RateLimit(burst: 20_000, perSecond: 2000)
    limits.provokedResets = RateLimit(burst: 1000, perSecond: 100)
    limits.outputBytes = 64 << 20
    // The mesh's clients ping every 10 s at the most, whether they call or not.
    limits.pingPolicy = PingPolicy(
      minimumInterval: .seconds(5), permitsWithoutStreams: true, strikes: 2)
    return limits
  }()
}
