import Testing

@testable import MeshSQL

@Suite("A connection string becomes what libpq is told")
struct ConnectionTargetTests {
  private func target(_ connection: String) throws -> ConnectionTarget {
    try ConnectionTarget(DatabaseConfig(connection: connection))
  }

  private func value(
    _ key: String, _ connection: String, _ role: DatabaseConfig.Role = .owned,
    schema: String? = nil
  ) throws -> String? {
    var config = DatabaseConfig(connection: connection)
    config.schema = schema
    let keywords = try ConnectionTarget(config).keywords(for: role, of: config)
    return keywords.first { $0.0 == key }?.1
  }

  @Test("several hosts keep their ports, and one port serves all")
  func hosts() throws {
    let two = try target("host=/run/a,10.0.0.1 port=1,2").hosts
    #expect(two == [.init(name: "/run/a", port: "1"), .init(name: "10.0.0.1", port: "2")])
    let shared = try target("postgresql://10.0.0.1,10.0.0.2/mesh?port=5433").hosts
    #expect(shared.map(\.port) == ["5433", "5433"])
    #expect(throws: SQLError.invalid("connection string: 3 values of port for 2 hosts")) {
      try target("host=a,b port=1,2,3")
    }
  }

  @Test(
    "only names need the resolver",
    arguments: [
      ("dbname=x", true), ("host=/run/postgresql", true), ("host=127.0.0.1", true),
      ("host=::1", true), ("host=db.example.com hostaddr=10.0.0.1", true),
      ("host=db.example.com", false), ("host=10.0.0.1,db.example.com", false),
    ])
  func names(connection: String, isResolved: Bool) throws {
    #expect(try target(connection).isResolved == isResolved)
  }

  @Test("a name keeps standing beside its addresses, for the certificate's sake")
  func resolution() async throws {
    let resolved = try await target("host=localhost,10.0.0.1 port=7").resolved()
    #expect(resolved.isResolved)
    #expect(resolved.hosts.first?.name == "localhost")
    #expect(resolved.hosts.first?.address.isEmpty == false)
    #expect(resolved.hosts.last == .init(name: "10.0.0.1", port: "7"))
  }

  @Test("sessions for reads are read-only and still choose the primary")
  func roles() throws {
    let connection = "target_session_attrs=read-write"
    #expect(try value("target_session_attrs", connection) == "read-write")
    #expect(try value("target_session_attrs", connection, .reading) == "primary")
    let options = try #require(try value("options", connection, .reading))
    #expect(options.contains("default_transaction_read_only=on"))
    #expect(try value("options", connection)?.contains("read_only") == false)
  }

  @Test("a schema's name is escaped, and the caller's own options win")
  func options() throws {
    let options = try #require(
      try value("options", "options='-c work_mem=8MB'", schema: "my schema"))
    #expect(options.contains(#"-c search_path="my\ schema""#))
    #expect(options.hasSuffix("-c work_mem=8MB"))
  }

  @Test("durations reach the server in whole milliseconds, and nil turns a limit off")
  func timeouts() throws {
    var config = DatabaseConfig(connection: "")
    config.statementTimeout = .microseconds(1500)
    config.lockTimeout = nil
    let options = config.sessionOptions(for: .owned)
    #expect(options.contains("-c statement_timeout=2 "))
    #expect(options.contains("-c lock_timeout=0 "))
  }

  @Test("a limit that makes no sense is named")
  func defects() {
    var config = DatabaseConfig(connection: "")
    #expect(config.defect == nil)
    config.minimumConnections = 9
    #expect(config.defect == "maximumConnections is 8; the least is 9")
    config = DatabaseConfig(connection: "")
    config.readDepth = 0
    #expect(config.defect == "readDepth is 0; the least is 1")
    config = DatabaseConfig(connection: "")
    config.acquireTimeout = .zero
    #expect(config.defect == "acquireTimeout is not a positive time")
  }
}
