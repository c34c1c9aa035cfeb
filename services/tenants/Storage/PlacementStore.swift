import MeshSQL

/// The tenants that wait for their pools.
struct PlacementStore: Sendable {
  /// A tenant as the pool router must know it.
  struct Unplaced: Sendable, Equatable {
    let tenant: TenantID
    let tier: Tenant.Tier
    let region: String
    /// When it began to wait.
    let since: Micros
  }

  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Those that have waited since `time` or longer, the longest first, from behind `last`.
  func rows(
    waitingSince time: Micros, after last: Unplaced?, limit: Int
  ) async throws(SQLError) -> [Unplaced] {
    var behind: SQL = "TRUE"
    if let last {
      let since = SQLTimestamp(microseconds: last.since)
      behind = "(since, tenant_id) > (\(since), \(last.tenant)::uuid)"
    }
    let rows = try await database.read(
      """
      SELECT tenant_id, tier, region, since
      FROM tenant.unplaced JOIN tenant.tenant USING (tenant_id)
      WHERE since <= \(SQLTimestamp(microseconds: time)) AND \(sql: behind)
      ORDER BY since, tenant_id LIMIT \(limit)
      """)
    var waiting: [Unplaced] = []
    for row in rows {
      let (tenant, tier, region, since) =
        try row.decode(TenantID.self, Tenant.Tier.self, String.self, Int64.self)
      waiting.append(Unplaced(tenant: tenant, tier: tier, region: region, since: since))
    }
    return waiting
  }

  /// The tenant has its pools.
  func delete(_ tenant: TenantID) async throws(SQLError) {
    try await database.execute("DELETE FROM tenant.unplaced WHERE tenant_id = \(tenant)")
  }
}
