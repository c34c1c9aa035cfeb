import MeshSQL
import MeshTestKit
import Testing

@Suite("Transactions take effect as a whole or not at all", .timeLimit(.minutes(2)))
struct TransactionTests {
  private struct Failure: Error {}

  private func withTable(
    _ configure: (inout DatabaseConfig) -> Void = { _ in },
    _ body: (Database) async throws -> Void
  ) async throws {
    try await withDatabase(configure) { database in
      try await database.script(
        """
        CREATE TABLE parent (id bigint PRIMARY KEY);
        CREATE TABLE t (id bigint PRIMARY KEY,
          parent bigint REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
        """)
      try await body(database)
    }
  }

  private func expectRows(
    _ count: Int, _ database: Database, at location: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await database.query("SELECT FROM t").count
    #expect(found == count, sourceLocation: location)
  }

  @Test("a batch answers with every result, in order")
  func batch() async throws {
    try await withTable { database in
      let results = try await database.batch([
        "INSERT INTO t VALUES (\(Int64(1)))", "SELECT id FROM t", "DELETE FROM t WHERE false",
      ])
      #expect(results.map(\.affected) == [1, 1, 0])
      #expect(try results[1].one()["id", as: Int.self] == 1)
      #expect(try await database.batch([]).isEmpty)
    }
  }

  @Test("a batch whose last statement fails leaves nothing behind")
  func failedBatch() async throws {
    try await withTable { database in
      await #expect(throws: SQLError.constraint(kind: .unique, name: "t_pkey")) {
        try await database.batch([
          "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (1)",
        ])
      }
      try await expectRows(0, database)
    }
  }

  @Test("a batch is answered after the commit, so a deferred constraint fails it")
  func deferredConstraint() async throws {
    try await withTable { database in
      await #expect(throws: SQLError.constraint(kind: .foreignKey, name: "t_parent_fkey")) {
        try await database.batch(["INSERT INTO t VALUES (1, 99)", "SELECT 1"])
      }
      try await expectRows(0, database)
      await #expect(throws: SQLError.constraint(kind: .foreignKey, name: "t_parent_fkey")) {
        try await database.transaction { try await $0.execute("INSERT INTO t VALUES (1, 99)") }
      }
      try await expectRows(0, database)
      #expect(await database.statistics().size == 1)
    }
  }

  @Test("a body that returns commits")
  func commit() async throws {
    try await withTable { database in
      let sum = try await database.transaction { transaction in
        try await transaction.execute("INSERT INTO t VALUES (1)")
        let rows = try await transaction.batch(["INSERT INTO t VALUES (2)", "SELECT id FROM t"])
        return try rows[1].reduce(0) { try $0 + $1["id", as: Int.self] }
      }
      #expect(sum == 3)
      try await expectRows(2, database)
    }
  }

  @Test("a body that throws rolls back, and its connection serves the next")
  func rollBack() async throws {
    try await withTable { database in
      await #expect(throws: Failure.self) {
        try await database.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (1)")
          throw Failure()
        }
      }
      try await expectRows(0, database)
      #expect(await database.statistics().size == 1)
    }
  }

  @Test("an error that the body hides still rolls back")
  func hiddenError() async throws {
    try await withTable { database in
      await #expect(throws: SQLError.constraint(kind: .unique, name: "t_pkey")) {
        try await database.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (1)")
          _ = try? await transaction.execute("INSERT INTO t VALUES (1)")
        }
      }
      try await expectRows(0, database)
    }
  }

  @Test("a body that does nothing sends nothing")
  func empty() async throws {
    try await withTable { database in
      let value = try await database.transaction { _ in 7 }
      #expect(value == 7)
      #expect(await database.statistics().idle == 1)
    }
  }

  @Test("a lost race under repeatable read is a serialization error")
  func serialization() async throws {
    try await withTable { database in
      try await database.execute("INSERT INTO t VALUES (1)")
      await #expect(throws: SQLError.serialization) {
        try await database.transaction(.repeatableRead) { transaction in
          _ = try await transaction.query("SELECT id FROM t")
          try await database.execute("UPDATE t SET id = 2")
          try await transaction.execute("UPDATE t SET id = 3")
        }
      }
    }
  }

  @Test("a snapshot sees one moment and refuses to write")
  func snapshot() async throws {
    try await withTable { database in
      try await database.transaction(.snapshot) { transaction in
        let before = try await transaction.query("SELECT id FROM t").count
        try await database.execute("INSERT INTO t VALUES (1)")
        #expect(try await transaction.query("SELECT id FROM t").count == before)
      }
      let error = await #expect(throws: SQLError.self) {
        try await database.transaction(.snapshot) { try await $0.execute("DELETE FROM t") }
      }
      guard case .server(sqlstate: "25006", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("a transaction that has ended runs nothing more")
  func ended() async throws {
    try await withTable { database in
      var kept: Transaction?
      try await database.transaction { kept = $0 }
      let transaction = try #require(kept)
      await #expect(throws: SQLError.invalid("the transaction has ended")) {
        try await transaction.query("SELECT 1")
      }
    }
  }

  @Test(
    "a script runs many statements, and one that leaves a transaction open costs its connection")
  func scripts() async throws {
    try await withTable { database in
      try await database.script("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
      await #expect(throws: SQLError.constraint(kind: .unique, name: "t_pkey")) {
        try await database.script("INSERT INTO t VALUES (3); INSERT INTO t VALUES (1)")
      }
      try await database.script("BEGIN; DELETE FROM t")
      try await eventually { await database.statistics().size == 0 }
      try await expectRows(2, database)
    }
  }

  @Test("transactions that follow each other share a connection")
  func reuse() async throws {
    try await withTable { database in
      for id in 0..<10 {
        try await database.transaction { try await $0.execute("INSERT INTO t VALUES (\(id))") }
      }
      #expect(await database.statistics().size == 1)
    }
  }

  @Test("a transaction left idle is ended by the server")
  func idleTransaction() async throws {
    try await withTable {
      $0.idleTransactionTimeout = .milliseconds(20)
    } _: { database in
      let error = await #expect(throws: SQLError.self) {
        try await database.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (1)")
          try await eventually { await database.statistics().size == 0 }
          try await transaction.execute("INSERT INTO t VALUES (2)")
        }
      }
      guard case .connectionLost = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try await expectRows(0, database)
    }
  }

  @Test("waiting for a lock ends at the lock timeout")
  func lockTimeout() async throws {
    try await withTable {
      $0.lockTimeout = .milliseconds(20)
    } _: { database in
      try await database.execute("INSERT INTO t VALUES (1)")
      try await database.transaction { transaction in
        try await transaction.execute("UPDATE t SET id = 2")
        await #expect(throws: SQLError.timeout) {
          try await database.execute("UPDATE t SET id = 3")
        }
      }
    }
  }

  @Test("a statement ends at the statement timeout")
  func statementTimeout() async throws {
    try await withDatabase {
      $0.statementTimeout = .milliseconds(20)
    } _: { database in
      await #expect(throws: SQLError.timeout) { try await database.query("SELECT pg_sleep(60)") }
      await #expect(throws: SQLError.timeout) { try await database.read("SELECT pg_sleep(60)") }
    }
  }
}
