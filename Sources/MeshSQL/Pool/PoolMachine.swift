import MeshIO

/// The owned connections of one loop and the requests that wait for them, without any I/O.
///
/// Each event returns the actions that its driver performs. Connections and requests are numbers.
struct PoolMachine {
  typealias ConnectionID = Int
  typealias RequestID = UInt64

  enum Action: Equatable {
    /// Start connecting; ``connected(_:now:)`` or ``lost(_:reason:now:jitter:)`` follows.
    case open(ConnectionID)
    /// Close a connection that is unused or out of its time; nothing follows.
    case close(ConnectionID)
    /// Give the connection to the request; ``release(_:now:)`` or `lost` follows.
    case lease(RequestID, ConnectionID)
    /// Refuse the request.
    case fail(RequestID, SQLError)
  }

  struct Limits {
    var minimum: Int
    var maximum: Int
    var waiting: Int
    var acquireTimeout: Duration
    var idleTimeout: Duration
    var shutDownGrace: Duration
  }

  /// `connecting` may become idle, leased or gone; `idle` leased or gone; `leased` idle or gone.
  private enum State {
    case connecting
    case idle(since: MonotonicTime)
    case leased
  }

  private struct Waiter {
    var request: RequestID
    var deadline: MonotonicTime
  }

  private let limits: Limits
  private(set) var reconnection: Reconnection
  private var connections: [ConnectionID: State] = [:]
  /// Idle connections, the one used last at the end: it is warm, and the others can expire.
  private var idle: [ConnectionID] = []
  private var waiters = Ring<Waiter>()
  private var connecting = 0
  private var nextID = 0
  /// When leased connections are taken away; nil before the pool was shut down.
  private var cutOff: MonotonicTime?

  init(limits: Limits, reconnection: Reconnection) {
    self.limits = limits
    self.reconnection = reconnection
  }

  var size: Int { connections.count }
  var idleCount: Int { idle.count }
  var waitingCount: Int { waiters.count }
  /// Whether the pool was shut down and has no connection left.
  var hasEnded: Bool { isShutDown && connections.isEmpty }
  private var isShutDown: Bool { cutOff != nil }

  /// When ``tick(now:)`` has something to do next.
  var nextWake: MonotonicTime? {
    var times: [MonotonicTime] = []
    if let first = waiters.first {
      times.append(first.deadline)
      if let retryAt = reconnection.retryAt { times.append(retryAt) }
    }
    if let cutOff, !connections.isEmpty { times.append(cutOff) }
    if connections.count > limits.minimum, let oldest = idle.first,
      case .idle(let since) = connections[oldest]
    {
      times.append(since + limits.idleTimeout)
    }
    return times.min()
  }

  mutating func acquire(_ request: RequestID, now: MonotonicTime) -> [Action] {
    guard !isShutDown else { return [.fail(request, .closed)] }
    if let connection = idle.popLast() {
      connections[connection] = .leased
      return [.lease(request, connection)]
    }
    reconnection.tick(now: now)
    if connections.count == connecting, reconnection.failsFast(now: now) {
      return [.fail(request, .unavailable(reconnection.reason))] + openMore(probing: true)
    }
    guard waiters.count < limits.waiting else { return [.fail(request, .saturated)] }
    waiters.append(Waiter(request: request, deadline: now + limits.acquireTimeout))
    return openMore()
  }

  /// Forgets a waiting request; false when it waits no longer.
  mutating func abandon(_ request: RequestID) -> Bool {
    !waiters.remove { $0.request == request }.isEmpty
  }

  mutating func connected(_ connection: ConnectionID, now: MonotonicTime) -> [Action] {
    guard case .connecting = connections[connection] else { return [] }
    connecting -= 1
    reconnection.succeeded()
    return settle(connection, now: now) + openMore()
  }

  mutating func release(_ connection: ConnectionID, now: MonotonicTime) -> [Action] {
    guard case .leased = connections[connection] else { return [] }
    return settle(connection, now: now)
  }

  /// The connection is gone, whether it was being made, idle or leased.
  mutating func lost(
    _ connection: ConnectionID, reason: String, now: MonotonicTime, jitter: Double
  ) -> [Action] {
    switch connections.removeValue(forKey: connection) {
    case nil: return []
    case .leased: break
    case .idle: idle.removeAll { $0 == connection }
    case .connecting:
      connecting -= 1
      reconnection.failed(reason, now: now, jitter: jitter)
    }
    return openMore()
  }

  /// Lets time pass: expires waiters and idle connections, tries again after a pause, and ends what
  /// has outlived the pool.
  mutating func tick(now: MonotonicTime) -> [Action] {
    if let cutOff, cutOff <= now {
      defer { connections = [:] }
      return connections.keys.sorted().map { .close($0) }
    }
    var actions: [Action] = []
    reconnection.tick(now: now)
    while let waiter = waiters.first, waiter.deadline <= now {
      _ = waiters.popFirst()
      let isOutage = reconnection.failures > 0
      actions.append(
        .fail(waiter.request, isOutage ? .unavailable(reconnection.reason) : .timeout))
    }
    while connections.count > limits.minimum, let oldest = idle.first,
      case .idle(let since) = connections[oldest], since + limits.idleTimeout <= now
    {
      idle.removeFirst()
      connections[oldest] = nil
      actions.append(.close(oldest))
    }
    return actions + openMore()
  }

  /// Refuses everything from now on; leased connections close when they come back, or after the
  /// grace.
  mutating func shutDown(now: MonotonicTime) -> [Action] {
    guard !isShutDown else { return [] }
    cutOff = now + limits.shutDownGrace
    let refused = waiters.removeAll().map { Action.fail($0.request, .closed) }
    let closing = connections.filter { if case .leased = $0.value { false } else { true } }.keys
    for connection in closing { connections[connection] = nil }
    idle = []
    connecting = 0
    return refused + closing.sorted().map { .close($0) }
  }

  private mutating func settle(_ connection: ConnectionID, now: MonotonicTime) -> [Action] {
    guard !isShutDown else {
      connections[connection] = nil
      return [.close(connection)]
    }
    if let waiter = waiters.popFirst() {
      connections[connection] = .leased
      return [.lease(waiter.request, connection)]
    }
    connections[connection] = .idle(since: now)
    idle.append(connection)
    return []
  }

  /// Opens as many connections as there are requests without one; after a failure one at a time.
  ///
  /// `probing` opens one although nobody waits, so that callers who are refused end the outage.
  private mutating func openMore(probing: Bool = false) -> [Action] {
    guard !isShutDown, reconnection.retryAt == nil else { return [] }
    var wanted = max(waiters.count, probing ? 1 : 0) - connecting
    if reconnection.failures > 0 { wanted = min(wanted, 1 - connecting) }
    wanted = min(wanted, limits.maximum - connections.count)
    guard wanted > 0 else { return [] }
    return (0..<wanted).map { _ in
      nextID += 1
      connections[nextID] = .connecting
      connecting += 1
      return .open(nextID)
    }
  }
}
