import MeshIO

/// One connection that many tasks' reads share, and the reads that wait for it.
///
/// Reads that arrive in one turn of the loop go out together, in groups that end with one Sync: the
/// server then answers many of them with one system call. Confined to its loop.
final class ReadLane: ConnectionOwner {
  private let id: Int
  private let loop: EventLoop
  private let config: DatabaseConfig
  private let target: ConnectionTarget
  private var reconnection: Reconnection
  private var connection: Connection?
  private var waiting = Ring<Ticket>()
  private var isShutDown = false
  private var isSealing = false
  private var timer: TimerHandle?
  /// Reads that are sent and not answered.
  private(set) var inFlight = 0

  init(id: Int, loop: EventLoop, config: DatabaseConfig, target: ConnectionTarget) {
    self.id = id
    self.loop = loop
    self.config = config
    self.target = target
    reconnection = Reconnection(config)
  }

  var waitingCount: Int { waiting.count }
  var isReady: Bool { connection?.phase == .ready }
  /// Whether a group has been begun in this turn that takes one more read.
  var isGathering: Bool {
    guard let connection, waiting.isEmpty, inFlight < config.readDepth else { return false }
    return connection.openReads > 0
  }
  /// How much there is ahead of one more read.
  var load: Int { inFlight + waiting.count }

  func submit(_ ticket: Ticket) {
    guard !isShutDown else { return ticket.finish(.closed) }
    if let connection, connection.phase == .ready, waiting.isEmpty, inFlight < config.readDepth {
      return send(ticket, on: connection)
    }
    reconnection.tick(now: loop.now)
    if connection?.phase != .ready, reconnection.failsFast(now: loop.now) {
      ticket.finish(.unavailable(reconnection.reason))
      return connect()
    }
    guard waiting.count < config.waiting else { return ticket.finish(.saturated) }
    ticket.state = .waiting
    ticket.deadline = loop.now + config.acquireTimeout
    waiting.append(ticket)
    connect()
    arm()
  }

  /// Forgets a read that waits here, if it does.
  func withdraw(_ ticket: Ticket) {
    _ = waiting.remove { $0 === ticket }
  }

  func shutDown() {
    isShutDown = true
    timer?.cancel()
    for ticket in waiting.removeAll() { ticket.finish(.closed) }
    connection?.close(.closed)
  }

  private func send(_ ticket: Ticket, on connection: Connection) {
    // A read that was skipped once because of a neighbour goes alone.
    if ticket.attempts > 0 { connection.sealReads() }
    inFlight += 1
    connection.append(read: ticket)
    if ticket.attempts > 0 || connection.openReads >= config.readGroup { connection.sealReads() }
    guard connection.openReads > 0, !isSealing else { return }
    isSealing = true
    loop.atEndOfTurn(seal)
  }

  private lazy var seal: () -> Void = { [weak self] in
    self?.isSealing = false
    self?.connection?.sealReads()
  }

  private func sendWaiting() {
    while let connection, connection.phase == .ready, inFlight < config.readDepth,
      let ticket = waiting.popFirst()
    {
      send(ticket, on: connection)
    }
  }

  func connectionReady(_ connection: Connection) {
    reconnection.succeeded()
    sendWaiting()
    arm()
  }

  func connectionClosed(_ connection: Connection, _ error: SQLError) {
    guard connection === self.connection else { return }
    self.connection = nil
    inFlight = 0
    if connection.wasReady {
      // One that worked is replaced at once, when there is somebody who waits.
      if !waiting.isEmpty { connect() }
    } else {
      reconnection.failed(error.reason, now: loop.now, jitter: .random(in: 0...1))
    }
    arm()
  }

  func answered(_ ticket: Ticket, on connection: Connection) {
    inFlight -= 1
    ticket.finish()
    if !waiting.isEmpty { sendWaiting() }
  }

  func returned(_ ticket: Ticket, on connection: Connection) {
    inFlight -= 1
    guard ticket.state != .done else { return }
    ticket.attempts += 1
    guard ticket.attempts <= Self.attemptLimit else {
      return ticket.finish(.connectionLost("the read was interrupted \(ticket.attempts) times"))
    }
    ticket.reset()
    send(ticket, on: connection)
  }

  /// How often a read may be run again because of its neighbours.
  private static let attemptLimit = 4

  private func connect() {
    guard connection == nil, !isShutDown, reconnection.retryAt == nil else { return }
    let connection = Connection(id: id, loop: loop, config: config, role: .reading, owner: self)
    self.connection = connection
    connection.start(target)
  }

  /// Sets the timer for the first thing that waits: a ticket's deadline or the next attempt.
  private func arm() {
    timer?.cancel()
    timer = nil
    guard !isShutDown, let first = waiting.first else { return }
    let wake = min(first.deadline, reconnection.retryAt ?? first.deadline)
    timer = loop.schedule(after: wake - loop.now) { [weak self] in self?.tick() }
  }

  private func tick() {
    reconnection.tick(now: loop.now)
    while let first = waiting.first, first.deadline <= loop.now {
      _ = waiting.popFirst()
      first.finish(reconnection.failures > 0 ? .unavailable(reconnection.reason) : .timeout)
    }
    connect()
    arm()
  }
}

extension SQLError {
  /// What to tell a caller who cannot be served because of this error.
  var reason: String {
    switch self {
    case .unavailable(let reason), .connectionLost(let reason): reason
    default: description
    }
  }
}
