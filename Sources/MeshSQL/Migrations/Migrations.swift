/// The steps that bring one service's schema up to date.
///
/// Each runs in a transaction of its own together with its record in `schema_migrations`, under an
/// advisory lock: any number of processes may start at once, and a crash leaves whole steps.
package struct Migrations: Sendable {
  /// The schema; it is created when it is not there.
  package let schema: String
  /// All steps ever released, oldest first.
  package let list: [Migration]

  /// Takes the schema's name and all its steps, oldest first.
  package init(schema: String, _ list: [Migration]) {
    self.schema = schema
    self.list = list
  }

  /// Applies what is missing and returns the names of what was applied.
  ///
  /// The database's role must own the schema or may create it. Unqualified names in the steps mean
  /// this schema.
  ///
  /// - Throws: `MigrationError`; then the steps before the failed one are applied, and it is not.
  @discardableResult
  package func run(on database: Database) async throws(MigrationError) -> [String] {
    var done: [String] = []
    while let name = try await step(on: database) { done.append(name) }
    return done
  }

  /// Applies the first missing step and returns its name; nil when none is missing.
  private func step(on database: Database) async throws(MigrationError) -> String? {
    do {
      return try await database.transaction { transaction in
        try await lock(transaction)
        let applied = try await applied(transaction)
        guard let next = try MigrationPlan.decide(known: list, applied: applied).first else {
          return nil
        }
        try await apply(next, in: transaction)
        return next.name
      }
    } catch let error as MigrationError {
      throw error
    } catch let error as SQLError {
      throw .database(error)
    } catch {
      throw .database(.cancelled)
    }
  }

  private func lock(_ transaction: Transaction) async throws(SQLError) {
    // Others wait here for as long as the longest step takes; a step may take its time as well.
    _ = try await transaction.batch([
      "SELECT set_config('lock_timeout', '0', true)",
      "SELECT set_config('statement_timeout', '0', true)",
      "SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || \(schema), 0))",
      "SELECT set_config('search_path', \(SQL.quote(identifier: schema)), true)",
    ])
    // Asked first, because IF NOT EXISTS wants the right to create even where nothing is created.
    let found = try await transaction.query(
      """
      SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = \(schema)) AS has_schema,
        EXISTS (
          SELECT FROM pg_tables WHERE schemaname = \(schema) AND tablename = 'schema_migrations'
        ) AS has_table
      """
    ).one()
    if try !found["has_schema", as: Bool.self] {
      try await transaction.execute("CREATE SCHEMA \(identifier: schema)")
    }
    guard try !found["has_table", as: Bool.self] else { return }
    try await transaction.execute(
      """
      CREATE TABLE \(identifier: schema).schema_migrations (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )
      """)
  }

  private func applied(
    _ transaction: Transaction
  ) async throws(SQLError) -> [MigrationPlan.Applied] {
    let rows = try await transaction.query(
      "SELECT name, checksum FROM \(identifier: schema).schema_migrations ORDER BY position")
    var applied: [MigrationPlan.Applied] = []
    for row in rows {
      let (name, checksum) = try row.decode(String.self, String.self)
      applied.append(MigrationPlan.Applied(name: name, checksum: checksum))
    }
    return applied
  }

  private func apply(
    _ migration: Migration, in transaction: Transaction
  ) async throws(MigrationError) {
    do throws(SQLError) {
      let before = try await transactionID(transaction)
      try await transaction.script(migration.sql)
      guard try await transactionID(transaction) == before else {
        throw .invalid(Self.endedTransaction)
      }
      try await transaction.execute(
        """
        INSERT INTO \(identifier: schema).schema_migrations (name, checksum)
        VALUES (\(migration.name), \(migration.checksum))
        """)
    } catch .invalid(Self.endedTransaction) {
      throw .endedTransaction(name: migration.name)
    } catch {
      throw .failed(name: migration.name, error)
    }
  }

  private static let endedTransaction = "the transaction ended"

  private func transactionID(_ transaction: Transaction) async throws(SQLError) -> String {
    try await transaction.query("SELECT pg_current_xact_id()::text AS id").one()["id"]
  }
}
