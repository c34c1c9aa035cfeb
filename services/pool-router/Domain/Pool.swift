/// A numbered share of the platform's capacity in one region.
struct Pool: Sendable, Equatable {
  /// What a pool serves.
  enum Kind: String, Sendable, CaseIterable {
    /// The tenants' administration.
    case admin
    /// The tenants' own product.
    case app
  }

  /// Whether a pool takes traffic.
  enum Status: String, Sendable, CaseIterable {
    /// Takes new tenants and all requests.
    case active
    /// Takes no new tenants; new requests go elsewhere, running ones finish.
    case degraded
    /// Takes nothing new and waits until its tenants have left.
    case drain
  }

  let kind: Kind
  let index: PoolIndex
  let region: String
  var status: Status
  /// The one tenant it is for; nil for a shared pool.
  let dedicatedTo: TenantID?
  var tenantCount: Int64
  /// Rises with every change of the pool itself.
  var epoch: Int64
  let createdAt: Micros

  /// Whether another tenant may be placed here.
  var takesTenants: Bool { status == .active && dedicatedTo == nil }
}
