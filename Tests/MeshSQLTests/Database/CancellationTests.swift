import Glibc
import MeshIO
import MeshSQL
import MeshTestKit
import Testing

@Suite("A cancelled task's statement ends on the server", .timeLimit(.minutes(2)))
struct CancellationTests {
  @Test("an owned connection is cancelled, stays, and is clean")
  func owned() async throws {
    try await withDatabase { database in
      let task = Task { try await database.query("SELECT pg_sleep(61), 'owned'") }
      try await eventually { try await running("pg_sleep(61)", on: database) == 1 }
      task.cancel()
      await #expect(throws: SQLError.cancelled) { try await task.value }
      #expect(try await running("pg_sleep(61)", on: database) == 0)
      #expect(try await database.query("SELECT 1").count == 1)
    }
  }

  @Test("a read lets its task go at once, and its neighbours get their answers")
  func read() async throws {
    try await withDatabase {
      $0.readConnections = 1
    } _: { database in
      let slow = Task { try await database.read("SELECT pg_sleep(62)") }
      try await eventually { try await running("pg_sleep(62)", on: database) == 1 }
      let neighbours = (0..<20).map { number in
        Task { try await database.read("SELECT \(Int64(number)) AS n").one()["n", as: Int.self] }
      }
      slow.cancel()
      await #expect(throws: SQLError.cancelled) { try await slow.value }
      for (number, task) in neighbours.enumerated() { #expect(try await task.value == number) }
      #expect(try await running("pg_sleep(62)", on: database) == 0)
    }
  }

  @Test("a transaction whose task is cancelled rolls back")
  func transaction() async throws {
    try await withDatabase { database in
      try await database.execute("CREATE TABLE t (id bigint)")
      let task = Task {
        try await database.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (1)")
          _ = try await transaction.query("SELECT pg_sleep(63)")
        }
      }
      try await eventually { try await running("pg_sleep(63)", on: database) == 1 }
      task.cancel()
      await #expect(throws: SQLError.cancelled) { try await task.value }
      #expect(try await database.query("SELECT FROM t").isEmpty)
    }
  }

  @Test("a server that does not heed the cancellation loses its connection")
  func ignored() async throws {
    try await withDatabase {
      $0.cancelTimeout = .milliseconds(50)
    } _: { database in
      let task = Task { try await database.query("SELECT pg_sleep(65)") }
      try await eventually { try await running("pg_sleep(65)", on: database) == 1 }
      let row = try await database.query(
        "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(65)'"
      ).one()
      let backend = try row["pid", as: Int32.self]
      kill(backend, SIGSTOP)
      defer { kill(backend, SIGCONT) }
      task.cancel()
      await #expect(throws: SQLError.connectionLost("the server ignored a cancel request")) {
        try await task.value
      }
      #expect(try await database.query("SELECT 1").count == 1)
    }
  }

  @Test("a task that waits for a connection stops waiting")
  func waiting() async throws {
    try await withDatabase {
      $0.maximumConnections = 1
    } _: { database in
      try await database.transaction { transaction in
        _ = try await transaction.query("SELECT 1")
        let task = Task { try await database.query("SELECT 1") }
        try await eventually { await database.statistics().waiting == 1 }
        task.cancel()
        await #expect(throws: SQLError.cancelled) { try await task.value }
        #expect(await database.statistics().waiting == 0)
      }
    }
  }

  @Test("a task that is cancelled already sends nothing")
  func before() async throws {
    try await withDatabase { database in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await database.query("SELECT 1")
      }
      await #expect(throws: SQLError.cancelled) { try await task.value }
    }
  }
}
