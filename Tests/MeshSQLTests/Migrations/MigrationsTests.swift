import MeshSQL
import MeshTestKit
import Testing

@Suite("Migrations bring a schema up to date", .timeLimit(.minutes(2)))
struct MigrationsTests {
  private let steps = [
    Migration(name: "V001_t", sql: "CREATE TABLE t (id bigint); INSERT INTO t VALUES (1);"),
    Migration(
      name: "V002_f",
      sql: """
        CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS $$
        BEGIN RETURN (SELECT count(*) FROM t); END $$;
        """),
  ]

  @Test("a new database gets the schema and all steps, a second run does nothing")
  func fresh() async throws {
    try await withOwnDatabase { database in
      let migrations = Migrations(schema: "tenants", steps)
      #expect(try await migrations.run(on: database) == ["V001_t", "V002_f"])
      #expect(try await migrations.run(on: database) == [])
      let tables = try await database.query("SELECT FROM tenants.t")
      #expect(tables.count == 1)
    }
  }

  @Test("many processes may start at once")
  func concurrent() async throws {
    try await withOwnDatabase(loops: 2) { database in
      let migrations = Migrations(schema: "tenants", steps)
      let applied = try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<6 { group.addTask { try await migrations.run(on: database) } }
        return try await group.reduce(into: [String]()) { $0 += $1 }
      }
      #expect(applied.sorted() == ["V001_t", "V002_f"])
    }
  }

  @Test("a step that fails leaves the ones before it, and nothing of itself")
  func failure() async throws {
    try await withOwnDatabase { database in
      let broken = Migration(name: "V003", sql: "CREATE TABLE u (id int); SELECT 1 / 0;")
      let error = await #expect(throws: MigrationError.self) {
        try await Migrations(schema: "tenants", steps + [broken]).run(on: database)
      }
      let division = SQLError.server(sqlstate: "22012", message: "division by zero")
      #expect(error == .failed(name: "V003", division))
      let found = try await database.query(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'tenants' ORDER BY 1")
      #expect(try found.map { try $0[0, as: String.self] } == ["schema_migrations", "t"])
    }
  }

  @Test("an edited step is refused")
  func edited() async throws {
    try await withOwnDatabase { database in
      try await Migrations(schema: "tenants", steps).run(on: database)
      let edited = [Migration(name: "V001_t", sql: "CREATE TABLE t (id int)"), steps[1]]
      await #expect(throws: MigrationError.edited(name: "V001_t")) {
        try await Migrations(schema: "tenants", edited).run(on: database)
      }
    }
  }

  @Test("a step that ends its transaction is refused")
  func ownCommit() async throws {
    try await withOwnDatabase { database in
      let rogue = Migration(name: "V001", sql: "SELECT 1; COMMIT;")
      await #expect(throws: MigrationError.endedTransaction(name: "V001")) {
        try await Migrations(schema: "tenants", [rogue]).run(on: database)
      }
    }
  }
}
