import MeshSQL

extension TenantID: SQLDecodable, SQLEncodable {}
extension PoolIndex: SQLDecodable, SQLEncodable {}
extension Pool.Kind: SQLDecodable, SQLEncodable {}
extension Pool.Status: SQLDecodable, SQLEncodable {}

extension Pool {
  /// What `init(_: Row)` reads, in its order.
  static let columns: SQL =
    "kind, index, region, status, dedicated_tenant_id, tenant_count, epoch, created_at"

  init(_ row: Row) throws(SQLError) {
    let (kind, index, region, status, owner, count, epoch, createdAt) = try row.decode(
      Kind.self, PoolIndex.self, String.self, Status.self, TenantID?.self, Int64.self,
      Int64.self, Int64.self)
    self.init(
      kind: kind, index: index, region: region, status: status, dedicatedTo: owner,
      tenantCount: count, epoch: epoch, createdAt: createdAt)
  }

  static func list(_ rows: Rows) throws(SQLError) -> [Pool] {
    var pools: [Pool] = []
    pools.reserveCapacity(rows.count)
    for row in rows { pools.append(try Pool(row)) }
    return pools
  }
}

extension Route {
  /// What `init(_: Row)` reads, in its order.
  static let columns: SQL = "tenant_id, module, admin_pool, app_pool, epoch"

  init(_ row: Row) throws(SQLError) {
    let (tenant, module, admin, app, epoch) = try row.decode(
      TenantID.self, String.self, PoolIndex.self, PoolIndex.self, Int64.self)
    self.init(tenant: tenant, module: module, adminPool: admin, appPool: app, epoch: epoch)
  }
}
