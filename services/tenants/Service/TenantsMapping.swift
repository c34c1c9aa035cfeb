import MeshAPI
import MeshKit

extension TenantsV1.App {
  init(_ app: App) {
    self.init(appID: app.id.rawValue, name: app.name, createdAt: .init(micros: app.createdAt))
  }
}

extension TenantsV1.Reseller {
  init(_ reseller: Reseller) {
    self.init(
      resellerID: reseller.id.rawValue, name: reseller.name,
      createdAt: .init(micros: reseller.createdAt))
  }
}

extension TenantsV1.Tenant {
  init(_ tenant: Tenant) {
    self.init(
      tenantID: tenant.id.rawValue, displayName: tenant.displayName,
      state: .init(tenant.lifecycle.state), tier: .init(tenant.tier), region: tenant.region,
      appID: tenant.app.rawValue, resellerID: tenant.reseller?.rawValue ?? "",
      brandDomain: tenant.brandDomain?.rawValue ?? "", sandbox: tenant.isSandbox,
      createdAt: .init(micros: tenant.createdAt), updatedAt: .init(micros: tenant.updatedAt),
      reason: tenant.lifecycle.reason,
      deadlineAt: tenant.lifecycle.deadline.map { .init(micros: $0) }, epoch: tenant.epoch)
  }
}

extension TenantsV1.TenantLifecycle {
  init(_ tenant: Tenant) {
    self.init(
      tenantID: tenant.id.rawValue, state: .init(tenant.lifecycle.state),
      reason: tenant.lifecycle.reason,
      deadlineAt: tenant.lifecycle.deadline.map { .init(micros: $0) }, epoch: tenant.epoch)
  }
}

extension TenantsV1.TenantState {
  init(_ state: LifecycleState) {
    self =
      switch state {
      case .provisioned: .provisioned
      case .trial: .trial
      case .active: .active
      case .suspended: .suspended
      case .offboarding: .offboarding
      case .offboarded: .offboarded
      }
  }
}

extension TenantsV1.Tier {
  init(_ tier: Tenant.Tier) {
    self =
      switch tier {
      case .shared: .s
      case .premium: .p
      case .sovereign: .g
      }
  }
}

extension Tenant.Tier {
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

extension SuspensionCause {
  /// The cause given; nil for a number that is no cause.
  init?(_ cause: TenantsV1.SuspendCause) {
    switch cause {
    case .other: self = .other
    case .chargebackAbuse: self = .chargebackAbuse
    case .illegalUse: self = .illegalUse
    case .unpaidInvoices: self = .unpaidInvoices
    case .breachHold: self = .breachHold
    case .unrecognized: return nil
    }
  }
}
