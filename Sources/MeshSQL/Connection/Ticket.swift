import MeshIO

/// One piece of work on its way to PostgreSQL and back: statements, then results or an error.
///
/// Made by a task, which then waits on ``continuation`` and does not look at it before it is
/// resumed. From submission to resumption it belongs to the loop of its pool: that is why this is
/// `@unchecked Sendable`.
final class Ticket: @unchecked Sendable {
  enum Kind {
    /// One read, in one group with other tasks' reads; may be run again.
    case read
    /// All statements in one group: all take effect, or none.
    case atomic
    /// Text with any number of statements, by the simple protocol.
    case script
    /// No statements: the task wants the connection itself.
    case lease
  }

  /// `fresh` may be followed by waiting, sent or done; `waiting` by sent or done; `sent` by waiting
  /// (a read that is run again) or done.
  enum State {
    case fresh, waiting, sent, done
  }

  let kind: Kind
  let first: SQL
  let rest: [SQL]
  /// Whether it runs on a connection that its task has leased and gives back itself.
  ///
  /// If not, the whole is run again by itself when a cached plan turns out stale.
  let isLeased: Bool

  var state = State.fresh
  var firstRows: Rows?
  var otherRows: [Rows] = []
  var error: SQLError?
  var isStale = false
  var attempts = 0
  var cancelRequested = false
  var request: PoolMachine.RequestID = 0
  var deadline = MonotonicTime(nanoseconds: 0)
  /// Where it is in flight; a cancelled read stays there after its task has gone on.
  weak var connection: Connection?
  /// The channel that a `LISTEN` is for.
  let channel: String?
  /// The connection that a lease brought.
  var leased: Connection?
  var continuation: UnsafeContinuation<Void, Never>?

  init(
    _ kind: Kind, _ first: SQL, _ rest: [SQL] = [], isLeased: Bool = false, channel: String? = nil
  ) {
    self.kind = kind
    self.first = first
    self.rest = rest
    self.isLeased = isLeased
    self.channel = channel
  }

  /// Why the statements cannot be sent at all.
  var defect: SQLError? {
    if let defect = first.defect { return defect }
    for sql in rest { if let defect = sql.defect { return defect } }
    return nil
  }

  func add(_ rows: Rows) {
    if firstRows == nil { firstRows = rows } else { otherRows.append(rows) }
  }

  /// Forgets what the last attempt brought.
  func reset() {
    firstRows = nil
    otherRows = []
    error = nil
    isStale = false
    connection = nil
  }

  /// Hands the outcome to the waiting task, once.
  func finish(_ failure: SQLError? = nil) {
    guard state != .done else { return }
    if let failure { error = failure }
    state = .done
    continuation.take()?.resume()
  }

  /// The result of the only statement, once done.
  func rows() throws(SQLError) -> Rows {
    if let error { throw error }
    guard let firstRows else { throw .connectionLost("no result") }
    return firstRows
  }

  /// The results of all statements, once done.
  func allRows() throws(SQLError) -> [Rows] {
    let first = try rows()
    return [first] + otherRows
  }
}

extension Ticket {
  /// Submits the ticket on the loop and waits for its outcome.
  ///
  /// When the task is cancelled, `onCancel` runs on the loop. Statements that cannot be sent are
  /// not submitted.
  func wait(
    on loop: EventLoop, submit: @escaping @Sendable () -> Void,
    onCancel: (@Sendable () -> Void)?
  ) async {
    if let defect { return finish(defect) }
    guard let onCancel else { return await submitted(on: loop, submit) }
    if Task.isCancelled { return finish(.cancelled) }
    await withTaskCancellationHandler {
      await submitted(on: loop, submit)
    } onCancel: {
      loop.execute(onCancel)
    }
  }

  private func submitted(on loop: EventLoop, _ submit: @escaping @Sendable () -> Void) async {
    await withUnsafeContinuation { continuation in
      self.continuation = continuation
      // On the loop there is no need for a job of its own.
      if loop.isCurrent { submit() } else { loop.execute(submit) }
    }
  }
}
