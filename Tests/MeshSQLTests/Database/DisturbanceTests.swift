import MeshIO
import MeshSQL
import MeshTestKit
import Testing

@Suite("Under disturbance every answer is right or an honest error", .timeLimit(.minutes(3)))
struct DisturbanceTests {
  /// What a task may be told when its neighbour is cancelled or its backend terminated.
  private func isHonest(_ error: any Error) -> Bool {
    switch error as? SQLError {
    case .connectionLost, .cancelled, .unavailable: true
    default: false
    }
  }

  @Test("answers are never mixed up, and acknowledged writes are there")
  func mixed() async throws {
    try await withDatabase(loops: 2) {
      $0.cancelGrace = .zero
      $0.maximumConnections = 4
      $0.preparedStatements = 4
    } _: { database in
      try await database.execute("CREATE TABLE t (id bigint PRIMARY KEY)")
      let tasks = (0..<300).map { number in
        Task { try await work(Int64(number), on: database) }
      }
      for (index, task) in tasks.enumerated() where index.isMultiple(of: 7) { task.cancel() }
      for _ in 0..<5 { try await terminateSome(database) }
      var acknowledged: Set<Int64> = []
      for task in tasks {
        do {
          if let written = try await task.value { acknowledged.insert(written) }
        } catch {
          #expect(isHonest(error), "\(error)")
        }
      }
      try await eventually { (try? await database.query("SELECT 1")) != nil }
      let found = try await database.query("SELECT id FROM t").map { try $0["id", as: Int64.self] }
      #expect(acknowledged.isSubset(of: found))
      try await eventually {
        let left = await database.statistics()
        return left.idle == left.size && left.waiting + left.readsInFlight + left.readsWaiting == 0
      }
    }
  }

  /// Reads, or writes in one of two ways, by its number; answers with what was written.
  private func work(_ number: Int64, on database: Database) async throws -> Int64? {
    switch number % 4 {
    case 0:
      let rows = try await database.batch([
        "INSERT INTO t VALUES (\(number))", "SELECT \(number) AS n, pg_sleep(0.001)",
      ])
      #expect(try rows[1].one()["n", as: Int64.self] == number)
      return number
    case 1:
      return try await database.transaction { transaction in
        try await transaction.execute("INSERT INTO t VALUES (\(number))")
        let row = try await transaction.query("SELECT \(number) AS n").one()
        #expect(try row["n", as: Int64.self] == number)
        return number
      }
    case 2:
      let row = try await database.read("SELECT \(number) AS n, pg_sleep(0.001)").one()
      #expect(try row["n", as: Int64.self] == number)
      return nil
    default:
      // As many different statements as numbers, so that the cache is always too small.
      let row = try await database.read("SELECT \(number) + \(unescaped: "\(number)") AS n").one()
      #expect(try row["n", as: Int64.self] == 2 * number)
      return nil
    }
  }

  private func terminateSome(_ database: Database) async throws {
    do {
      _ = try await database.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND query LIKE '%SELECT $1%' LIMIT 2
        """)
    } catch  where isHonest(error) {}
  }
}
