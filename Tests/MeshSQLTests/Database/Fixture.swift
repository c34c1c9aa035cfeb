import MeshIO
import MeshSQL
import MeshTestKit

/// Runs the body with a database in a fresh schema, then shuts it down.
func withDatabase<Value>(
  loops: Int = 1, _ configure: (inout DatabaseConfig) -> Void = { _ in },
  _ body: (Database) async throws -> Value
) async throws -> Value {
  try await TestPostgres.shared.withFreshSchema { config in
    var config = config
    configure(&config)
    return try await open(config, loops: loops, body)
  }
}

/// Runs the body with a database made of the configuration, then shuts it down.
func open<Value>(
  _ config: DatabaseConfig, loops: Int = 1, _ body: (Database) async throws -> Value
) async throws -> Value {
  let loops = try TestLoops.shared.loops.prefix(loops)
  let database = try Database(config, loops: Array(loops))
  do {
    let value = try await body(database)
    await database.shutDown()
    return value
  } catch {
    await database.shutDown()
    throw error
  }
}

/// Asks again and again until the answer is yes; the test's time limit ends a vain wait.
func eventually(_ condition: () async throws -> Bool) async throws {
  let loop = try TestLoops.shared.next()
  while try await !condition() { try await loop.sleep(for: .milliseconds(5)) }
}

/// How many backends run a statement with this text in it.
func running(_ text: String, on database: Database) async throws -> Int {
  try await database.query(
    """
    SELECT count(*) AS n FROM pg_stat_activity
    WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%' || \(text) || '%'
    """
  ).one()["n"]
}
