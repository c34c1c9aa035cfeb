package import MeshIO
import Synchronization

/// A PostgreSQL database: statements in, rows out, without ever blocking a loop.
///
/// Connections are made when they are needed and made again, with growing pauses, when PostgreSQL
/// goes away. Called on one of its loops, everything stays on that loop; from elsewhere the work
/// hops to a loop and back.
///
/// Three ways to run a statement, cheapest first:
/// - ``read(_:)``: many tasks' reads share a connection and a round trip; no writes.
/// - ``batch(_:)``, ``query(_:)``, ``execute(_:)``: one transaction in one round trip.
/// - ``transaction(_:_:)``: one task owns a connection for as long as its body runs.
///
/// Never wait for the database inside a transaction's body by any other way than the transaction:
/// with all connections in bodies that do so, nobody goes on before a timeout.
package final class Database: Sendable {
  private let pools: [LoopPool]
  private let listener: NotificationListener
  private let dealt = Atomic<Int>(0)

  /// Makes a database that connects when it is first used.
  ///
  /// - Parameters:
  ///   - config: where it is and how much of it to use.
  ///   - loops: at least one; each gets connections of its own.
  /// - Throws: `SQLError.invalid` for a connection string that libpq cannot parse, and for a
  ///   limit that makes no sense.
  package init(_ config: DatabaseConfig, loops: [EventLoop]) throws(SQLError) {
    precondition(!loops.isEmpty, "a database needs a loop")
    if let defect = config.defect { throw .invalid(defect) }
    let target = try ConnectionTarget(config)
    pools = loops.map { LoopPool(loop: $0, config: config, target: target) }
    listener = NotificationListener(loop: loops[0], config: config, target: target)
  }

  deinit {
    for pool in pools { pool.loop.execute { pool.shutDown() } }
    listener.loop.execute { [listener] in listener.shutDown() }
  }

  /// Runs one read-only statement on a connection that other tasks' reads share.
  ///
  /// It may be run more than once when a neighbour disturbs it. Each read sees what was committed
  /// when it started. A slow one delays those behind it: send reports through ``query(_:)``.
  ///
  /// - Throws: `SQLError`; a write is refused with SQLSTATE 25006.
  package func read(_ sql: SQL) async throws(SQLError) -> Rows {
    try await run(Ticket(.read, sql)).rows()
  }

  /// Runs one statement in a transaction of its own and returns its rows.
  ///
  /// - Throws: `SQLError`.
  package func query(_ sql: SQL) async throws(SQLError) -> Rows {
    try await run(Ticket(.atomic, sql)).rows()
  }

  /// Runs one statement in a transaction of its own and returns how many rows it affected.
  ///
  /// - Throws: `SQLError`.
  @discardableResult
  package func execute(_ sql: SQL) async throws(SQLError) -> Int {
    try await query(sql).affected
  }

  /// Runs statements as one transaction in one round trip and returns their results in order.
  ///
  /// All take effect, or none: the results are returned after the commit. The isolation is read
  /// committed; transaction statements (`BEGIN`, `SET LOCAL`) do not belong here, but
  /// `SELECT set_config(…, true)` works.
  ///
  /// - Throws: `SQLError` of the first statement that fails, or of the commit.
  package func batch(_ statements: [SQL]) async throws(SQLError) -> [Rows] {
    guard let first = statements.first else { return [] }
    return try await run(Ticket(.atomic, first, Array(statements.dropFirst()))).allRows()
  }

  /// Runs text with any number of statements, without parameters, such as a migration.
  ///
  /// Without transaction statements of its own, all of it takes effect or nothing.
  ///
  /// - Throws: `SQLError` of the first statement that fails.
  package func script(_ text: String) async throws(SQLError) {
    var sql = SQL()
    sql.append(unescaped: text)
    _ = try await run(Ticket(.script, sql)).rows()
  }

  /// Runs the body in a transaction on a connection that it owns, then commits.
  ///
  /// An error of the body's, or of a statement even if the body catches it, rolls back. Nothing is
  /// retried: after `SQLError.serialization` the caller decides.
  ///
  /// The body must not use the transaction after it has returned.
  ///
  /// - Throws: what the body throws, or `SQLError`. `connectionLost` from the commit leaves open
  ///   whether it took effect.
  @discardableResult
  package func transaction<Value>(
    _ mode: TransactionMode = .readCommitted, _ body: (Transaction) async throws -> Value
  ) async throws -> Value {
    let pool = pool
    let lease = await run(Ticket(.lease, SQL()), on: pool)
    if let error = lease.error { throw error }
    guard let connection = lease.leased else { throw SQLError.closed }
    let transaction = Transaction(mode, on: connection, of: pool)
    let value: Value
    do {
      value = try await body(transaction)
      try await transaction.commit()
    } catch {
      await transaction.rollBack()
      pool.takeBack(connection)
      throw error
    }
    pool.takeBack(connection)
    return value
  }

  /// Subscribes to a channel, whose name has at most 63 bytes; see ``Notifications``.
  package func listen(_ channel: String) -> Notifications {
    listener.subscribe(to: channel)
  }

  /// Answers when PostgreSQL does.
  ///
  /// - Throws: `SQLError` after `acquireTimeout` at the latest, at once during a long outage.
  package func health() async throws(SQLError) {
    _ = try await read("SELECT 1")
  }

  /// Counts the connections and those who wait, over all loops.
  package func statistics() async -> DatabaseStatistics {
    var sum = DatabaseStatistics()
    for pool in pools { sum += await pool.loop.perform { pool.statistics } }
    return sum
  }

  /// Refuses new work, fails what waits and closes the connections.
  ///
  /// Returns when open transactions have ended too: after `shutDownGrace` they are cut off, which
  /// undoes them. Never returns inside of one before that.
  package func shutDown() async {
    for pool in pools { await pool.loop.perform { pool.shutDown() } }
    await listener.loop.perform { [listener] in listener.shutDown() }
    // A loop that stopped under a transaction would leave it open, with its locks: nobody would
    // hear the answer that its task waits for.
    for pool in pools { await pool.ended() }
  }

  /// The pool of the current loop, or the next in turn.
  private var pool: LoopPool {
    if let loop = EventLoop.current {
      for pool in pools where pool.loop === loop { return pool }
    }
    guard pools.count > 1 else { return pools[0] }
    let number = dealt.wrappingAdd(1, ordering: .relaxed).oldValue
    return pools[Int(UInt(bitPattern: number) % UInt(pools.count))]
  }

  private func run(_ ticket: Ticket) async -> Ticket {
    await run(ticket, on: pool)
  }

  private func run(_ ticket: Ticket, on pool: LoopPool) async -> Ticket {
    await ticket.wait(on: pool.loop) {
      pool.submit(ticket)
    } onCancel: {
      pool.cancel(ticket)
    }
    return ticket
  }
}
