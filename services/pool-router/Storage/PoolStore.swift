import MeshSQL

/// The pools in PostgreSQL.
struct PoolStore: Sendable {
  /// Names a pool.
  struct Key: Sendable, Equatable {
    let kind: Pool.Kind
    let index: PoolIndex
  }

  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Opens a pool under the next number of its kind; `owner` is the one tenant it is for.
  func insert(
    _ kind: Pool.Kind, in region: String, for owner: TenantID?, tenants: Int64, at time: Micros,
    in transaction: Transaction
  ) async throws(SQLError) -> Pool {
    let sequence: SQL = kind == .admin ? "pool.admin_index" : "pool.app_index"
    let row = try await transaction.query(
      """
      INSERT INTO pool.pool
        (kind, index, region, status, dedicated_tenant_id, tenant_count, epoch, created_at)
      VALUES (
        \(kind), nextval('\(sql: sequence)'), \(region), \(Pool.Status.active), \(owner),
        \(tenants), 1, \(SQLTimestamp(microseconds: time)))
      RETURNING \(sql: Pool.columns)
      """
    ).one()
    return try Pool(row)
  }

  /// Counts one more tenant on a shared pool; false when the pool no longer takes any.
  func join(_ key: Key, in transaction: Transaction) async throws(SQLError) -> Bool {
    let joined = try await transaction.execute(
      """
      UPDATE pool.pool SET tenant_count = tenant_count + 1
      WHERE kind = \(key.kind) AND index = \(key.index) AND status = 'active'
        AND dedicated_tenant_id IS NULL
      """)
    return joined == 1
  }

  /// The pool, if there is one.
  func find(_ key: Key) async throws(SQLError) -> Pool? {
    let rows = try await database.read(
      """
      SELECT \(sql: Pool.columns) FROM pool.pool
      WHERE kind = \(key.kind) AND index = \(key.index)
      """)
    guard let row = try rows.oneOrNone() else { return nil }
    return try Pool(row)
  }

  /// The pools by kind and number, from behind `key`.
  func rows(after key: Key?, limit: Int) async throws(SQLError) -> [Pool] {
    var behind: SQL = "TRUE"
    if let key { behind = "(kind, index) > (\(key.kind), \(key.index))" }
    return try Pool.list(
      try await database.read(
        """
        SELECT \(sql: Pool.columns) FROM pool.pool WHERE \(sql: behind)
        ORDER BY kind, index LIMIT \(limit)
        """))
  }
}
