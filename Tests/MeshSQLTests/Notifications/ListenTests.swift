import MeshIO
import MeshSQL
import MeshTestKit
import Testing

@Suite("Notifications reach those who listen", .timeLimit(.minutes(3)))
struct ListenTests {
  @Test("a subscriber first hears of a gap, then every message in order")
  func order() async throws {
    try await withOwnDatabase(loops: 2) { database in
      var heard = database.listen("pool:status-flip").makeAsyncIterator()
      await expect(.gap, from: &heard)
      for number in 0..<10 {
        _ = try await database.query(.notify("pool:status-flip", String(number)))
      }
      for number in 0..<10 { await expect(.message(String(number)), from: &heard) }
    }
  }

  @Test("several subscribers and channels share one connection")
  func sharing() async throws {
    try await withOwnDatabase { database in
      var first = database.listen("a").makeAsyncIterator()
      var second = database.listen("a").makeAsyncIterator()
      var other = database.listen("b").makeAsyncIterator()
      await expect(.gap, from: &first)
      await expect(.gap, from: &second)
      await expect(.gap, from: &other)
      _ = try await database.batch([.notify("a", "x"), .notify("b", "y")])
      await expect(.message("x"), from: &first)
      await expect(.message("x"), from: &second)
      await expect(.message("y"), from: &other)
      let listeners = try await database.query(
        """
        SELECT count(*) AS n FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """)
      #expect(try listeners.one()["n", as: Int.self] == 1)
    }
  }

  @Test("a message of a transaction that rolls back is never heard")
  func rolledBack() async throws {
    try await withOwnDatabase { database in
      var heard = database.listen("a").makeAsyncIterator()
      await expect(.gap, from: &heard)
      _ = try? await database.batch([.notify("a", "never"), "SELECT 1 / 0"])
      _ = try await database.query(.notify("a", "committed"))
      await expect(.message("committed"), from: &heard)
    }
  }

  @Test("after a lost connection the subscriber hears of a gap and listens again")
  func reconnection() async throws {
    try await withOwnDatabase { database in
      var heard = database.listen("a").makeAsyncIterator()
      await expect(.gap, from: &heard)
      _ = try await database.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """)
      await expect(.gap, from: &heard)
      _ = try await database.query(.notify("a", "again"))
      await expect(.message("again"), from: &heard)
    }
  }

  @Test("a subscriber whose task is cancelled stops, and the channel is left")
  func cancellation() async throws {
    try await withOwnDatabase { database in
      let task = Task {
        var count = 0
        for await _ in database.listen("a") { count += 1 }
        return count
      }
      try await eventually { try await listening(on: database) }
      task.cancel()
      #expect(await task.value == 1)
      try await eventually { try await !listening(on: database) }
    }
  }

  @Test("shutting down ends the sequence")
  func shutDown() async throws {
    try await withOwnDatabase { database in
      var heard = database.listen("a").makeAsyncIterator()
      await expect(.gap, from: &heard)
      await database.shutDown()
      await expect(nil, from: &heard)
    }
  }

  private func expect(
    _ expected: Notification?, from notifications: inout Notifications.Iterator,
    at location: SourceLocation = #_sourceLocation
  ) async {
    let heard = await notifications.next()
    #expect(heard == expected, sourceLocation: location)
  }

  private func listening(on database: Database) async throws -> Bool {
    try await database.query(
      """
      SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'
      """
    ).count > 0
  }
}
