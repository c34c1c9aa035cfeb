/// What one connection has sent and not heard about yet, and what each answer means.
///
/// Work is sent in groups: steps, then a Sync. A group is one transaction of the server's: when a
/// step fails, the server skips the rest of the group and undoes it (libpq manual, §34.5.1.3).
struct Pipeline<Work> {
  enum Step {
    /// Parse a statement.
    case prepare(PreparedStatement)
    /// Bind and execute it; `isNew` when it was parsed in the same group.
    case run(PreparedStatement, isNew: Bool)
    /// Deallocate a statement.
    case discard
    /// The end of a group; its work is the one that waits for the commit.
    case sync
  }

  /// One answer of the server's.
  enum Reply {
    case success
    case failure(sqlstate: String)
    /// Skipped because an earlier step of the group failed.
    case skipped
    case synced
  }

  /// What an answer means for the work.
  enum Event {
    case nothing
    /// The answer is the work's next result.
    case rows(Work, PreparedStatement)
    /// The answer is the work's error.
    case failed(Work)
    /// The server no longer has the statement as it was prepared: the work may be run again.
    case stale(Work)
    /// The work did not run because other work of its group failed.
    case skipped(Work)
    /// The group that the work waits for is committed or undone.
    case ended(Work)
    /// The answer fits nothing that was sent: the connection is of no use any more.
    case nonsense
  }

  private var expected = Ring<(step: Step, work: Work?)>()

  var isEmpty: Bool { expected.isEmpty }
  var count: Int { expected.count }

  /// The work that the server is busy with, or about to be.
  var head: Work? { expected.first?.work }

  mutating func expect(_ step: Step, for work: Work?) {
    expected.append((step, work))
  }

  /// Takes an answer; the second value is a statement to forget.
  mutating func receive(_ reply: Reply) -> (Event, PreparedStatement?) {
    guard let (step, work) = expected.first else { return (.nothing, nil) }
    switch (reply, step) {
    case (.synced, .sync):
      _ = expected.popFirst()
      return (work.map { .ended($0) } ?? .nothing, nil)
    case (.synced, _):
      return (.nonsense, nil)
    case (.failure, .sync):
      // The commit failed, as a deferred constraint makes it do. The Sync is still to come.
      return (work.map { .failed($0) } ?? .nothing, nil)
    case (.success, .sync), (.skipped, .sync):
      return (.nonsense, nil)
    default:
      _ = expected.popFirst()
      return receive(reply, step: step, work: work)
    }
  }

  /// Takes out everything, in order, when the connection is gone.
  mutating func removeAll() -> [Work] {
    expected.removeAll().compactMap(\.work)
  }

  private mutating func receive(
    _ reply: Reply, step: Step, work: Work?
  ) -> (Event, PreparedStatement?) {
    guard let work else { return (.nothing, nil) }
    switch (reply, step) {
    case (.success, .run(let statement, _)): return (.rows(work, statement), nil)
    case (.failure, .prepare(let statement)): return (.failed(work), statement)
    case (.failure(let sqlstate), .run(let statement, let isNew)):
      let isStale = !isNew && Self.staleStates.contains(sqlstate)
      return isStale ? (.stale(work), statement) : (.failed(work), nil)
    case (.skipped, .prepare(let statement)): return (.nothing, statement)
    case (.skipped, .run): return (.skipped(work), nil)
    default: return (.nothing, nil)
    }
  }

  /// 26000: the statement does not exist; 0A000: its cached plan must not change its result type.
  private static var staleStates: [String] { ["26000", "0A000"] }
}
