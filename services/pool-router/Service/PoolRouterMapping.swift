import MeshAPI
import MeshKit

extension PoolsV1.Pool {
  init(_ pool: Pool) {
    self.init(
      index: pool.index.rawValue, kind: .init(pool.kind), region: pool.region,
      status: .init(pool.status), dedicatedTenantID: pool.dedicatedTo?.rawValue ?? "",
      tenantCount: pool.tenantCount, epoch: pool.epoch, createdAt: .init(micros: pool.createdAt))
  }
}

extension PoolsV1.Route {
  /// The route as the answer for `module`, whose row may be that for all modules.
  init(_ route: Route, for module: String) {
    self.init(
      tenantID: route.tenant.rawValue, module: module, adminPool: route.adminPool.rawValue,
      appPool: route.appPool.rawValue, epoch: route.epoch)
  }
}

extension PoolsV1.PoolKind {
  init(_ kind: Pool.Kind) {
    self =
      switch kind {
      case .admin: .admin
      case .app: .app
      }
  }
}

extension PoolsV1.PoolStatus {
  init(_ status: Pool.Status) {
    self =
      switch status {
      case .active: .active
      case .degraded: .degraded
      case .drain: .drain
      }
  }
}

extension Pool.Kind {
  /// The kind asked for; nil when none is named.
  init?(_ kind: PoolsV1.PoolKind) {
    switch kind {
    case .admin: self = .admin
    case .app: self = .app
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension Tier {
  /// The tier asked for; S when nothing is asked for, nil for a number that is no tier.
  init?(_ tier: TenantsV1.Tier) {
    switch tier {
    case .unspecified, .s: self = .shared
    case .p: self = .premium
    case .g: self = .sovereign
    case .unrecognized: return nil
    }
  }
}
