import MeshSQL
import MeshTestKit
import Testing

@Suite("Statements run and their rows are read", .timeLimit(.minutes(2)))
struct StatementTests {
  @Test("every type goes to PostgreSQL and comes back")
  func types() async throws {
    try await withDatabase { database in
      let moment = SQLTimestamp(microseconds: 1_700_000_000_123_456)
      let uuid = try #require(SQLUUID("0190a6f2-7c4b-7d1e-8000-00000000abcd"))
      let row = try await database.read(
        """
        SELECT \(true) AS bool, \(Int16.min) AS int2, \(Int32.max) AS int4, \(Int64.min) AS int8,
          \("ä\"'\\") AS text, \([0, 255] as [UInt8]) AS bytes,
          \(moment) AS moment, \(uuid) AS uuid, \(1.5) AS real, \(String?.none) AS missing,
          \("") AS empty, \([] as [UInt8]) AS none
        """
      ).one()
      #expect(try row["bool", as: Bool.self])
      #expect(try row["int2", as: Int16.self] == .min)
      #expect(try row["int4", as: Int32.self] == .max)
      #expect(try row["int8", as: Int64.self] == .min)
      #expect(try row["text", as: String.self] == "ä\"'\\")
      #expect(try row["bytes", as: [UInt8].self] == [0, 255])
      #expect(try row["moment", as: SQLTimestamp.self] == moment)
      #expect(try row["uuid", as: SQLUUID.self] == uuid)
      #expect(try row["uuid", as: String.self] == uuid.description)
      #expect(try row["real", as: Double.self] == 1.5)
      #expect(try row["missing", as: String?.self] == nil)
      #expect(try row["empty", as: String?.self] == "")
      #expect(try row["none", as: [UInt8]?.self] == [])
    }
  }

  @Test("text parameters take the type of where they stand")
  func inference() async throws {
    try await withDatabase { database in
      try await database.execute("CREATE TYPE tier AS ENUM ('small', 'large')")
      try await database.execute(
        "CREATE TABLE t (id uuid, tier tier, body jsonb, rate numeric, at inet)")
      let id = "0190a6f2-7c4b-7d1e-8000-00000000abcd"
      try await database.execute(
        """
        INSERT INTO t VALUES (\(id), \("large"), \(#"{"a": [1]}"#), \("-0.00100"), \("10.0.0.1"))
        """)
      let row = try await database.read(
        "SELECT id, tier, body, rate, host(at) FROM t WHERE id = \(id)"
      ).one()
      let (found, tier, body, rate, host) = try row.decode(
        String.self, String.self, String.self, String.self, String.self)
      #expect(
        [found, tier, body, rate, host] == [id, "large", #"{"a": [1]}"#, "-0.00100", "10.0.0.1"])
    }
  }

  @Test("arrays serve unnest and any")
  func arrays() async throws {
    try await withDatabase { database in
      try await database.execute("CREATE TABLE t (id bigint PRIMARY KEY, name text)")
      let inserted = try await database.execute(
        """
        INSERT INTO t SELECT * FROM unnest(\([1, 2, 3] as [Int64]), \(["a", nil, "c"]))
        """)
      #expect(inserted == 3)
      let rows = try await database.read(
        "SELECT name FROM t WHERE id = ANY(\([2, 3] as [Int64])) ORDER BY id")
      #expect(try rows.map { try $0[0, as: String?.self] } == [nil, "c"])
      let folded = try await database.read("SELECT array_agg(name ORDER BY id) AS names FROM t")
      #expect(try folded.one()["names", as: [String?].self] == ["a", nil, "c"])
    }
  }

  @Test("a column that is not there, or of another type, is named in the error")
  func decoding() async throws {
    try await withDatabase { database in
      let row = try await database.read("SELECT 1::int AS n, NULL::int AS missing").one()
      #expect(throws: SQLError.decoding(column: "m", reason: .missing)) {
        try row["m", as: Int.self]
      }
      #expect(throws: SQLError.decoding(column: "n", reason: .cell(.mismatch(type: 23)))) {
        try row["n", as: String.self]
      }
      #expect(throws: SQLError.decoding(column: "missing", reason: .cell(.null))) {
        try row["missing", as: Int.self]
      }
    }
  }

  @Test("one row means one row")
  func rowCount() async throws {
    try await withDatabase { database in
      let rows = try await database.read("SELECT FROM generate_series(1, 2)")
      #expect(throws: SQLError.rowCount(expected: 1, found: 2)) { try rows.one() }
      #expect(throws: SQLError.rowCount(expected: 1, found: 2)) { try rows.oneOrNone() }
      #expect(try await database.read("SELECT WHERE false").oneOrNone() == nil)
    }
  }

  @Test("a constraint's name is in the error")
  func constraints() async throws {
    try await withDatabase { database in
      try await database.execute(
        """
        CREATE TABLE t (
          id bigint CONSTRAINT one_id UNIQUE, n int NOT NULL CONSTRAINT small CHECK (n < 9))
        """)
      try await database.execute("INSERT INTO t VALUES (1, 1)")
      await #expect(throws: SQLError.constraint(kind: .unique, name: "one_id")) {
        try await database.execute("INSERT INTO t VALUES (1, 1)")
      }
      await #expect(throws: SQLError.constraint(kind: .check, name: "small")) {
        try await database.execute("INSERT INTO t VALUES (2, 9)")
      }
      await #expect(throws: SQLError.constraint(kind: .notNull, name: "n")) {
        try await database.execute("INSERT INTO t VALUES (2, NULL)")
      }
    }
  }

  @Test("a failed read leaves the others of its group alone")
  func mixedReads() async throws {
    try await withDatabase { database in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            if number.isMultiple(of: 3) {
              await #expect(throws: SQLError.server(sqlstate: "22012", message: "division by zero"))
              {
                try await database.read("SELECT 1 / \(Int64(number % 3))")
              }
            } else {
              let found = try await database.read("SELECT \(Int64(number)) AS n").one()
              #expect(try found["n", as: Int.self] == number)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("a write that comes as a read is refused")
  func readOnly() async throws {
    try await withDatabase { database in
      try await database.execute("CREATE TABLE t (id bigint)")
      let error = await #expect(throws: SQLError.self) {
        try await database.read("INSERT INTO t VALUES (1) RETURNING id")
      }
      guard case .server(sqlstate: "25006", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("a cached plan that no longer fits is made anew")
  func stalePlan() async throws {
    try await withDatabase { database in
      try await database.execute("CREATE TABLE t (a int)")
      try await database.execute("INSERT INTO t VALUES (1)")
      #expect(try await database.read("SELECT * FROM t").columns == ["a"])
      #expect(try await database.query("SELECT * FROM t").columns == ["a"])
      try await database.execute("ALTER TABLE t ADD b int")
      #expect(try await database.read("SELECT * FROM t").columns == ["a", "b"])
      #expect(try await database.query("SELECT * FROM t").columns == ["a", "b"])
    }
  }

  @Test("more different statements than the cache holds all work")
  func smallCache() async throws {
    try await withDatabase {
      $0.preparedStatements = 2
    } _: { database in
      for round in 0..<20 {
        let number = round % 5
        let sql: SQL = "SELECT \(unescaped: String(number))::bigint + \(Int64(round)) AS n"
        #expect(try await database.read(sql).one()["n", as: Int.self] == number + round)
        #expect(try await database.query(sql).one()["n", as: Int.self] == number + round)
      }
      let left = try await database.query("SELECT count(*) AS n FROM pg_prepared_statements").one()
      #expect(try left["n", as: Int.self] <= 3)
    }
  }

  @Test("a result beyond the memory limit is an error, and the connection stays good")
  func resultLimit() async throws {
    try await withDatabase {
      $0.resultBytes = 100_000
    } _: { database in
      let error = await #expect(throws: SQLError.self) {
        try await database.read("SELECT repeat('x', 200000)")
      }
      guard case .tooLarge(_, limit: 100_000) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      let next = try await database.read("SELECT 1")
      #expect(next.count == 1)
    }
  }

  @Test("COPY is refused, and the database goes on")
  func copy() async throws {
    try await withDatabase { database in
      await #expect(throws: SQLError.invalid("COPY is not supported")) {
        try await database.query("COPY (SELECT 1) TO STDOUT")
      }
      let next = try await database.query("SELECT 1")
      #expect(next.count == 1)
    }
  }

  @Test("a connection string that libpq cannot parse is refused at once")
  func connectionString() throws {
    let loops = try TestLoops.shared.loops
    #expect(throws: SQLError.self) {
      try Database(DatabaseConfig(connection: "nonsense"), loops: loops)
    }
  }
}
