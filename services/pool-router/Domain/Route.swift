/// Where the requests of a tenant's module go.
struct Route: Sendable, Equatable {
  let tenant: TenantID
  /// The product's module; empty for the default one.
  let module: String
  let adminPool: PoolIndex
  let appPool: PoolIndex
  /// Rises with every change of the tenant's placement.
  let epoch: Int64
}
