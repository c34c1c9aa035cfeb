import MeshIO
package import MeshSQL

/// Runs the body with a database in a fresh schema of the shared server, then shuts it down.
///
/// The migrations are applied first; `configure` changes the limits.
package func withDatabase<Value>(
  migrations: [Migration] = [], loops: Int = 1,
  _ configure: (inout DatabaseConfig) -> Void = { _ in },
  _ body: (Database) async throws -> Value
) async throws -> Value {
  try await TestPostgres.shared.withFreshSchema { config in
    var config = config
    configure(&config)
    return try await open(config, migrations: migrations, loops: loops, body)
  }
}

/// Runs the body with a database that is its own alone, then shuts it down.
///
/// For what a schema does not keep apart: notifications, advisory locks, schemas themselves.
package func withOwnDatabase<Value>(
  loops: Int = 1, _ body: (Database) async throws -> Value
) async throws -> Value {
  try await TestPostgres.shared.withFreshDatabase { config in
    try await open(config, loops: loops, body)
  }
}

/// Runs the body with a database made of the configuration, then shuts it down.
package func open<Value>(
  _ config: DatabaseConfig, migrations: [Migration] = [], loops: Int = 1,
  _ body: (Database) async throws -> Value
) async throws -> Value {
  let loops = try TestLoops.shared.loops.prefix(loops)
  let database = try Database(config, loops: Array(loops))
  do {
    if !migrations.isEmpty {
      try await Migrations(schema: config.schema ?? "public", migrations).run(on: database)
    }
    let value = try await body(database)
    await database.shutDown()
    return value
  } catch {
    await database.shutDown()
    throw error
  }
}

/// Asks again and again until the answer is yes; the test's time limit ends a vain wait.
package func eventually(_ condition: () async throws -> Bool) async throws {
  let loop = try TestLoops.shared.next()
  while try await !condition() { try await loop.sleep(for: .milliseconds(5)) }
}
