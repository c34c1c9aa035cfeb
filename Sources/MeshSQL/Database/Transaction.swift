/// How a transaction sees the others, and whether it may write.
package enum TransactionMode: Sendable {
  /// Each statement sees what was committed when it started: PostgreSQL's default.
  case readCommitted
  /// All statements see the same moment; a conflicting update is `SQLError.serialization`.
  case repeatableRead
  /// As if transactions ran one after the other; conflicts are `SQLError.serialization`.
  case serializable
  /// All statements see the same moment, and the server refuses writes.
  case snapshot

  var begin: SQL {
    switch self {
    case .readCommitted: "BEGIN"
    case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
    case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
    case .snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }
  }
}

/// A transaction that one task is running; see ``Database/transaction(_:_:)``.
///
/// `BEGIN` travels with the first statement, so it costs no round trip.
package final class Transaction {
  /// `pending` may be followed by open or ended; `open` by failed or ended; `failed` by ended.
  private enum State {
    case pending
    case open
    case failed(SQLError)
    case ended
  }

  private let mode: TransactionMode
  private let connection: Connection
  private let pool: LoopPool
  private var state = State.pending

  init(_ mode: TransactionMode, on connection: Connection, of pool: LoopPool) {
    self.mode = mode
    self.connection = connection
    self.pool = pool
  }

  /// Runs one statement and returns its rows.
  ///
  /// - Throws: `SQLError`; after that the transaction can only be rolled back.
  package func query(_ sql: SQL) async throws(SQLError) -> Rows {
    guard let rows = try await batch([sql]).first else { throw .connectionLost("no result") }
    return rows
  }

  /// Runs one statement and returns how many rows it affected.
  ///
  /// - Throws: `SQLError`; after that the transaction can only be rolled back.
  @discardableResult
  package func execute(_ sql: SQL) async throws(SQLError) -> Int {
    try await query(sql).affected
  }

  /// Runs statements in one round trip and returns their results in order.
  ///
  /// - Throws: `SQLError` of the first that fails; after that the transaction can only be rolled
  ///   back.
  package func batch(_ statements: [SQL]) async throws(SQLError) -> [Rows] {
    guard !statements.isEmpty else { return [] }
    switch state {
    case .pending:
      state = .open
      return Array(try await run(.atomic, [mode.begin] + statements).dropFirst())
    case .open: return try await run(.atomic, statements)
    case .failed(let error): throw error
    case .ended: throw .invalid("the transaction has ended")
    }
  }

  /// Runs text with any number of statements, without parameters or transaction statements.
  ///
  /// - Throws: `SQLError`; after that the transaction can only be rolled back.
  package func script(_ text: String) async throws(SQLError) {
    // An empty statement begins what is not begun, and throws what must be thrown.
    _ = try await batch([""])
    var sql = SQL()
    sql.append(unescaped: text)
    _ = try await run(.script, [sql])
  }

  func commit() async throws(SQLError) {
    switch state {
    case .pending: state = .ended
    case .failed(let error): throw error
    case .ended: throw .invalid("the transaction has ended")
    case .open:
      // Not cancellable: the outcome of a commit must be known.
      let rows = try await run(.atomic, ["COMMIT"], isCancellable: false)
      state = .ended
      guard rows.first?.commandTag == "COMMIT" else {
        throw .server(sqlstate: "25P02", message: "the transaction was rolled back")
      }
    }
  }

  func rollBack() async {
    switch state {
    case .pending, .ended: state = .ended
    case .open, .failed:
      state = .open
      // When this fails, the connection is not clean and is closed, which rolls back as well.
      _ = try? await run(.atomic, ["ROLLBACK"], isCancellable: false)
      state = .ended
    }
  }

  private func run(
    _ kind: Ticket.Kind, _ statements: [SQL], isCancellable: Bool = true
  ) async throws(SQLError) -> [Rows] {
    let ticket = Ticket(kind, statements[0], Array(statements.dropFirst()), isLeased: true)
    let (pool, connection) = (pool, connection)
    let cancel: @Sendable () -> Void = { pool.cancel(ticket) }
    await ticket.wait(
      on: pool.loop, submit: { pool.submit(ticket, on: connection) },
      onCancel: isCancellable ? cancel : nil)
    do throws(SQLError) {
      return try ticket.allRows()
    } catch {
      state = .failed(error)
      throw error
    }
  }
}
