import MeshIO

/// The connections of one loop: shared ones for reads, owned ones for everything else.
///
/// Performs what ``PoolMachine`` decides. Confined to its loop; tasks hold it to get back there,
/// hence `@unchecked Sendable`.
final class LoopPool: ConnectionOwner, @unchecked Sendable {
  let loop: EventLoop
  private let config: DatabaseConfig
  private let target: ConnectionTarget
  private let lanes: [ReadLane]
  private var latestLane: ReadLane
  private var machine: PoolMachine
  private var connections: [Int: Connection] = [:]
  private var requests: [PoolMachine.RequestID: Ticket] = [:]
  private var lastRequest: PoolMachine.RequestID = 0
  private var timer: TimerHandle?
  private var wake: MonotonicTime?
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  init(loop: EventLoop, config: DatabaseConfig, target: ConnectionTarget) {
    self.loop = loop
    self.config = config
    self.target = target
    lanes = (0..<config.readConnections).map {
      ReadLane(id: $0, loop: loop, config: config, target: target)
    }
    latestLane = lanes[0]
    let limits = PoolMachine.Limits(
      minimum: config.minimumConnections, maximum: config.maximumConnections,
      waiting: config.waiting, acquireTimeout: config.acquireTimeout,
      idleTimeout: config.idleTimeout, shutDownGrace: config.shutDownGrace)
    machine = PoolMachine(limits: limits, reconnection: Reconnection(config))
  }

  /// Takes work that needs a connection: a read, a group, or a lease.
  func submit(_ ticket: Ticket) {
    guard ticket.state == .fresh else { return }
    guard !ticket.cancelRequested else { return ticket.finish(.cancelled) }
    guard ticket.kind != .read else { return lane().submit(ticket) }
    ticket.state = .waiting
    lastRequest += 1
    ticket.request = lastRequest
    requests[lastRequest] = ticket
    perform(machine.acquire(lastRequest, now: loop.now))
  }

  /// Takes work for a connection that the caller has leased.
  func submit(_ ticket: Ticket, on connection: Connection) {
    guard !ticket.cancelRequested else { return ticket.finish(.cancelled) }
    connection.submit(ticket)
  }

  /// The ticket's task is cancelled.
  func cancel(_ ticket: Ticket) {
    switch ticket.state {
    case .done: return
    case .fresh: ticket.cancelRequested = true
    case .waiting, .sent:
      if ticket.kind == .read {
        cancel(read: ticket)
      } else if ticket.state == .sent {
        ticket.connection?.cancel(ticket)
      } else if machine.abandon(ticket.request) {
        requests[ticket.request] = nil
        ticket.finish(.cancelled)
      }
    }
  }

  /// Lets the read's task go on at once; what is in flight is ended behind its back.
  private func cancel(read ticket: Ticket) {
    if ticket.state == .waiting {
      for lane in lanes { lane.withdraw(ticket) }
    }
    ticket.finish(.cancelled)
    ticket.connection?.cancel(ticket)
  }

  /// Takes a leased connection back; any thread.
  ///
  /// On the loop it is back at once, so the task's next transaction finds it.
  func takeBack(_ connection: Connection) {
    if loop.isCurrent { release(connection) } else { loop.execute { self.release(connection) } }
  }

  /// One that is not clean is closed.
  private func release(_ connection: Connection) {
    if connection.isClean {
      perform(machine.release(connection.id, now: loop.now))
    } else {
      connection.close(.connectionLost("not clean after use"))
    }
  }

  /// Refuses new work and closes what is idle; see ``ended()``.
  func shutDown() {
    perform(machine.shutDown(now: loop.now))
    for lane in lanes { lane.shutDown() }
  }

  /// Returns when the last transaction has ended after ``shutDown()``, or was cut off; any thread.
  func ended() async {
    await withCheckedContinuation { waiter in
      loop.execute {
        self.endWaiters.append(waiter)
        self.tellEnd()
      }
    }
  }

  private func tellEnd() {
    guard machine.hasEnded, !endWaiters.isEmpty else { return }
    let waiters = endWaiters
    endWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  var statistics: DatabaseStatistics {
    DatabaseStatistics(
      size: machine.size, idle: machine.idleCount, waiting: machine.waitingCount,
      readConnections: lanes.count(where: \.isReady),
      readsInFlight: lanes.reduce(0) { $0 + $1.inFlight },
      readsWaiting: lanes.reduce(0) { $0 + $1.waitingCount })
  }

  /// Where the next read goes: into the group that this turn has begun, else where least waits.
  ///
  /// One group is one system call to send and, mostly, one to receive. Spread over all lanes, the
  /// reads of a turn would wake every server process for a few each.
  private func lane() -> ReadLane {
    if latestLane.isGathering { return latestLane }
    for lane in lanes where lane.load < latestLane.load { latestLane = lane }
    return latestLane
  }

  func connectionReady(_ connection: Connection) {
    perform(machine.connected(connection.id, now: loop.now))
  }

  func connectionClosed(_ connection: Connection, _ error: SQLError) {
    connections[connection.id] = nil
    perform(
      machine.lost(
        connection.id, reason: error.reason, now: loop.now, jitter: .random(in: 0...1)))
  }

  func answered(_ ticket: Ticket, on connection: Connection) {
    ticket.finish()
    if !ticket.isLeased { release(connection) }
  }

  private func perform(_ actions: [PoolMachine.Action]) {
    for action in actions { perform(action) }
    arm()
    tellEnd()
  }

  private func perform(_ action: PoolMachine.Action) {
    switch action {
    case .open(let id):
      let connection = Connection(id: id, loop: loop, config: config, role: .owned, owner: self)
      connections[id] = connection
      connection.start(target)
    case .close(let id):
      connections.removeValue(forKey: id)?.close(.closed)
    case .fail(let request, let error):
      requests.removeValue(forKey: request)?.finish(error)
    case .lease(let request, let id):
      guard let ticket = requests.removeValue(forKey: request), let connection = connections[id]
      else { return }
      if ticket.kind == .lease {
        ticket.leased = connection
        ticket.finish()
      } else {
        connection.submit(ticket)
      }
    }
  }

  /// Sets the timer, unless one that fires soon enough is set already.
  private func arm() {
    guard let next = machine.nextWake else { return }
    if let wake, wake <= next { return }
    timer?.cancel()
    wake = next
    timer = loop.schedule(after: next - loop.now) { [weak self] in
      guard let self else { return }
      wake = nil
      perform(machine.tick(now: loop.now))
    }
  }
}
