import MeshIO
package import MeshSQL
import Synchronization

/// A private PostgreSQL 15 for tests: a fresh data directory, a Unix socket, no durability.
///
/// One is shared by all tests of the process; a test that kills its server makes its own. It ends
/// with the process, however that ends: a watcher process waits for the end of a pipe that this
/// process holds, then stops the server and removes its directory.
package final class TestPostgres: Sendable {
  /// Why a server could not be started.
  package enum Failure: Error, Sendable {
    /// PostgreSQL's programs are not where Debian puts them.
    case notInstalled(String)
    /// A system call failed.
    case system(String, code: Int32)
    /// The server's own words.
    case server(String)
  }

  private let watcher: Mutex<Watcher>
  private let loops: EventLoopGroup
  /// Administers: creates and drops databases and schemas.
  private let admin: Database
  private let names = Atomic<Int>(0)
  /// The directory of the server's socket.
  package let directory: String

  private static let once = Mutex<Result<TestPostgres, any Error>?>(nil)

  /// The server that the process's tests share; the first to ask waits while it starts.
  package static var shared: TestPostgres {
    get throws {
      try once.withLock { result in
        let made = result ?? Result { try TestPostgres() }
        result = made
        return try made.get()
      }
    }
  }

  /// Starts a server of its own and waits until it accepts connections.
  ///
  /// - Throws: ``Failure`` or `IOError`.
  package init() throws {
    let watcher = try Watcher()
    directory = watcher.directory
    try watcher.order("start")
    self.watcher = Mutex(watcher)
    loops = try EventLoopGroup(count: 1, name: "test-postgres")
    try loops.start()
    var config = DatabaseConfig(
      connection: "host=\(directory) user=postgres dbname=postgres")
    config.maximumConnections = 4
    config.readConnections = 1
    // Hundreds of tests ask for their database at once; their own time limits end a vain wait.
    config.acquireTimeout = .seconds(600)
    config.statementTimeout = nil
    config.lockTimeout = nil
    admin = try Database(config, loops: loops.loops)
  }

  deinit {
    for loop in loops.loops { loop.stop() }
  }

  /// A connection string for one of the server's databases.
  package func connection(database: String = "postgres", user: String = "postgres") -> String {
    "host=\(directory) user=\(user) dbname=\(database)"
  }

  /// Runs the body with a database that is empty, and drops it afterwards.
  package func withFreshDatabase<Value>(
    _ body: (DatabaseConfig) async throws -> Value
  ) async throws -> Value {
    let name = freshName()
    try await admin.execute("CREATE DATABASE \(identifier: name) STRATEGY file_copy")
    return try await cleaning(up: "DROP DATABASE \(identifier: name) WITH (FORCE)") {
      try await body(DatabaseConfig(connection: connection(database: name)))
    }
  }

  /// Runs the body with an empty schema in the shared database, and drops it afterwards.
  ///
  /// Cheaper than a database; notification channels and advisory locks are shared, though.
  package func withFreshSchema<Value>(
    _ body: (DatabaseConfig) async throws -> Value
  ) async throws -> Value {
    let name = freshName()
    try await admin.execute("CREATE SCHEMA \(identifier: name)")
    return try await cleaning(up: "DROP SCHEMA IF EXISTS \(identifier: name) CASCADE") {
      var config = DatabaseConfig(connection: connection())
      config.schema = name
      return try await body(config)
    }
  }

  private func freshName() -> String {
    "test_\(names.add(1, ordering: .relaxed).newValue)"
  }

  private func cleaning<Value>(
    up sql: SQL, after body: () async throws -> Value
  ) async throws -> Value {
    let result: Result<Value, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    // In a task of its own: the test's may be cancelled, and must be cleaned up after all the same.
    let admin = admin
    // What cannot be dropped goes with the server.
    _ = await Task { try? await admin.execute(sql) }.value
    return try result.get()
  }

  /// Starts the server again after ``stop()`` or ``kill()``.
  package func start() throws { try watcher.withLock { try $0.order("start") } }

  /// Stops the server as an administrator would, ending all sessions.
  package func stop() throws { try watcher.withLock { try $0.order("stop") } }

  /// Ends the server as a crash would: `kill -9` to its first process.
  package func kill() throws { try watcher.withLock { try $0.order("kill") } }
}
