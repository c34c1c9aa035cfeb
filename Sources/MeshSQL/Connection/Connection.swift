import CPQ
import MeshIO

/// Hears, on the loop, what becomes of a connection and of the work on it.
protocol ConnectionOwner: AnyObject {
  /// The connection can take work.
  func connectionReady(_ connection: Connection)
  /// The connection is gone; its work has been failed already.
  func connectionClosed(_ connection: Connection, _ error: SQLError)
  /// The ticket has its outcome and nothing of it is left on the connection.
  func answered(_ ticket: Ticket, on connection: Connection)
  /// The read has not run, through no fault of its own: it may be sent again.
  func returned(_ ticket: Ticket, on connection: Connection)
  /// A notification has arrived.
  func notified(channel: String, payload: String)
}

extension ConnectionOwner {
  func returned(_ ticket: Ticket, on connection: Connection) {}
  func notified(channel: String, payload: String) {}
}

/// One connection to PostgreSQL, in libpq's non-blocking pipeline mode.
///
/// Confined to its loop from ``start(_:)`` on; tasks hold it as a token that they hand back to the
/// loop: that is why it is `@unchecked Sendable`.
final class Connection: ReadinessHandler, @unchecked Sendable {
  /// `fresh` may be followed by connecting or closed; `connecting` by ready or closed; `ready` by
  /// closed.
  enum Phase {
    case fresh, connecting, ready, closed
  }

  let id: Int
  let loop: EventLoop
  let config: DatabaseConfig
  let role: DatabaseConfig.Role
  private(set) weak var owner: (any ConnectionOwner)?

  var phase = Phase.fresh
  /// Whether it ever could take work: losing it is another thing than failing to connect.
  var wasReady = false
  /// libpq's connection; nil before it was started and after it was closed.
  var handle: OpaquePointer?
  var registration: Registration?
  var connectTimer: TimerHandle?

  var pipeline = Pipeline<Ticket>()
  var statements: StatementCache
  /// Statements that the server still has and the cache has not.
  var garbage: [PreparedStatement] = []
  /// The ticket whose text runs by the simple protocol; nothing else is in flight then.
  var script: Ticket?
  /// Reads sent since the last Sync.
  var openReads = 0

  /// Cancel requests that are on their way to the server.
  var cancelsInFlight = 0
  var lastCancel: MonotonicTime?
  /// A ticket that is answered and waits until no cancel request can hit its successor.
  var parked: Ticket?

  init(
    id: Int, loop: EventLoop, config: DatabaseConfig, role: DatabaseConfig.Role,
    owner: any ConnectionOwner
  ) {
    self.id = id
    self.loop = loop
    self.config = config
    self.role = role
    self.owner = owner
    statements = StatementCache(limit: config.preparedStatements)
  }

  deinit {
    // A loop that was stopped drops its handlers without closing them.
    if let handle { PQfinish(handle) }
  }

  /// Whether the connection is between transactions with nothing in flight.
  var isClean: Bool {
    guard phase == .ready, let handle else { return false }
    return pipeline.isEmpty && script == nil && PQtransactionStatus(handle) == PQTRANS_IDLE
  }

  func ready(_ readiness: Readiness) {
    switch phase {
    case .fresh, .closed: return
    case .connecting: pollConnecting()
    case .ready:
      if readiness.contains(.writable) { flush() }
      if readiness != .writable { receive() }
    }
  }

  /// Sends what libpq has buffered, as far as the socket takes it.
  func flush() {
    guard let handle else { return }
    switch PQflush(handle) {
    case 0: listen(to: .read)
    case 1: listen(to: [.read, .write])
    default: close(.connectionLost(lastMessage))
    }
  }

  private func listen(to interest: Interest) {
    do throws(IOError) {
      try registration?.modify(interest)
    } catch {
      close(.connectionLost(error.description))
    }
  }

  /// Ends the connection, failing what is in flight; safe to call again.
  func close(_ error: SQLError) {
    guard phase != .closed else { return }
    phase = .closed
    connectTimer?.cancel()
    connectTimer = nil
    registration?.cancel()
    registration = nil
    if let handle { PQfinish(handle) }
    handle = nil
    let interrupted = pipeline.removeAll() + [script, parked].compactMap(\.self)
    script = nil
    parked = nil
    for ticket in interrupted {
      ticket.connection = nil
      ticket.finish(ticket.error ?? error)
    }
    owner?.connectionClosed(self, error)
  }

  /// What libpq says about the last failure.
  var lastMessage: String {
    guard let handle, let text = PQerrorMessage(handle) else { return "no connection" }
    return String(cString: text).trimmedLine
  }
}
