import MeshSQL

/// The states that gates must know of.
struct GateStore: Sendable {
  /// One tenant's state as a gate sees it.
  struct Entry: Sendable, Equatable {
    let tenant: TenantID
    let state: LifecycleState
    /// Of two entries of one tenant the higher one holds.
    let epoch: Int64
  }

  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// One tenant as of now, whatever its state.
  func find(_ tenant: TenantID) async throws(SQLError) -> Entry? {
    let rows = try await database.read(
      "SELECT tenant_id, state, epoch FROM tenant.tenant WHERE tenant_id = \(tenant)")
    guard let row = try rows.oneOrNone() else { return nil }
    return try Entry(row)
  }

  /// The tenants in a state that concerns gates, in the order of their ids, from behind `tenant`.
  func rows(after tenant: TenantID?, limit: Int) async throws(SQLError) -> [Entry] {
    let behind: SQL = if let tenant { "tenant_id > \(tenant)" } else { "TRUE" }
    // The states are written out, as in the partial index: as parameters they would not match it.
    let rows = try await database.read(
      """
      SELECT tenant_id, state, epoch FROM tenant.tenant
      WHERE state IN ('suspended', 'offboarding', 'offboarded') AND \(sql: behind)
      ORDER BY tenant_id LIMIT \(limit)
      """)
    var entries: [Entry] = []
    entries.reserveCapacity(rows.count)
    for row in rows { entries.append(try Entry(row)) }
    return entries
  }
}

extension GateStore.Entry {
  fileprivate init(_ row: Row) throws(SQLError) {
    let (tenant, state, epoch) = try row.decode(TenantID.self, LifecycleState.self, Int64.self)
    self.init(tenant: tenant, state: state, epoch: epoch)
  }
}
