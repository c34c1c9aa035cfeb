import MeshSQL

/// Who is on which pools, in PostgreSQL.
struct AssignmentStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// What a placement is decided from: the tenant's own, if it has one, and its region's shared
  /// pools.
  ///
  /// Until the transaction ends nobody else places the tenant.
  func findForPlacement(
    _ tenant: TenantID, in region: String, in transaction: Transaction
  ) async throws(SQLError) -> (route: Route?, shared: [Pool]) {
    let results = try await transaction.batch([
      Self.lock("placement of", tenant.rawValue),
      """
      SELECT \(sql: Route.columns) FROM pool.assignment
      WHERE tenant_id = \(tenant) AND module = ''
      """,
      Self.sharedPools(of: region),
    ])
    var route: Route?
    if let row = try results[1].oneOrNone() { route = try Route(row) }
    return (route, try Pool.list(results[2]))
  }

  /// The region's shared pools as nobody else can add to them until the transaction ends.
  func sharedPoolsForOpening(
    in region: String, in transaction: Transaction
  ) async throws(SQLError) -> [Pool] {
    let results = try await transaction.batch([
      Self.lock("shared pools of", region), Self.sharedPools(of: region),
    ])
    return try Pool.list(results[1])
  }

  /// Adds a tenant's placement.
  func insert(
    _ route: Route, at time: Micros, in transaction: Transaction
  ) async throws(SQLError) {
    try await transaction.execute(
      """
      INSERT INTO pool.assignment (tenant_id, module, admin_pool, app_pool, epoch, assigned_at)
      VALUES (
        \(route.tenant), \(route.module), \(route.adminPool), \(route.appPool), \(route.epoch),
        \(SQLTimestamp(microseconds: time)))
      """)
  }

  /// Where the tenant's module goes: by its own row, else by the tenant's row for all modules.
  func find(_ tenant: TenantID, module: String) async throws(SQLError) -> Route? {
    let rows = try await database.read(
      """
      SELECT \(sql: Route.columns) FROM pool.assignment
      WHERE tenant_id = \(tenant) AND module IN (\(module), '') ORDER BY module DESC LIMIT 1
      """)
    guard let row = try rows.oneOrNone() else { return nil }
    return try Route(row)
  }

  private static func sharedPools(of region: String) -> SQL {
    """
    SELECT \(sql: Pool.columns) FROM pool.pool
    WHERE region = \(region) AND dedicated_tenant_id IS NULL ORDER BY kind, index
    """
  }

  private static func lock(_ what: String, _ name: String) -> SQL {
    "SELECT pg_advisory_xact_lock(hashtextextended(\("\(what) \(name)"), 0))"
  }
}
