import CNghttp2

/// The budgets of one connection for frames that cost the peer little and us much.
struct FloodGuards {
  private let clock: () -> UInt64
  private var resets: TokenBucket
  private var provokedResets: TokenBucket
  private var settings: TokenBucket
  private var pings: TokenBucket
  private var priorities: TokenBucket
  private var emptyData: TokenBucket
  /// On a server, which has a rule for pings; a client only has a budget.
  private var pingStrikes: PingStrikes?

  init(role: HTTP2Session.Role, limits: HTTP2Limits, clock: @escaping () -> UInt64) {
    let now = clock()
    self.clock = clock
    self.resets = TokenBucket(limits.resets, at: now)
    self.provokedResets = TokenBucket(limits.provokedResets, at: now)
    self.settings = TokenBucket(limits.settings, at: now)
    self.pings = TokenBucket(limits.pings, at: now)
    self.priorities = TokenBucket(limits.priorities, at: now)
    self.emptyData = TokenBucket(limits.emptyData, at: now)
    self.pingStrikes = role == .server ? PingStrikes(limits.pingPolicy) : nil
  }

  /// Counts a frame that is about to be read; what it floods us with, if it does.
  mutating func count(
    arriving type: UInt8, isAcknowledgement: Bool, hasStreams: Bool
  ) -> HTTP2Flood? {
    switch nghttp2_frame_type(UInt32(type)) {
    case NGHTTP2_RST_STREAM: resets.take(clock) ? nil : .resets
    case NGHTTP2_SETTINGS where !isAcknowledgement: settings.take(clock) ? nil : .settings
    case NGHTTP2_PING where !isAcknowledgement: takePing(hasStreams) ? nil : .pings
    case NGHTTP2_PRIORITY: priorities.take(clock) ? nil : .priorities
    default: nil
    }
  }

  /// Counts a DATA frame without data and without an end.
  mutating func countEmptyData() -> HTTP2Flood? {
    emptyData.take(clock) ? nil : .emptyData
  }

  /// Counts a reset that the peer made us send.
  mutating func countProvokedReset() -> HTTP2Flood? {
    provokedResets.take(clock) ? nil : .provokedResets
  }

  /// Notes that we did useful work, which honest peers measure by pings.
  mutating func didSendContent() {
    pings.refill()
    pingStrikes?.forgive()
  }

  private mutating func takePing(_ hasStreams: Bool) -> Bool {
    pingStrikes?.take(at: clock(), hasStreams: hasStreams) ?? pings.take(clock)
  }
}
