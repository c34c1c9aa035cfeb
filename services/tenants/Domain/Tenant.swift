/// A customer of an app, with everything that operators see of it.
struct Tenant: Sendable, Equatable {
  /// How much of the platform a tenant shares with others.
  enum Tier: String, Sendable, CaseIterable {
    /// Shared admin and app pools.
    case shared = "S"
    /// An app pool of its own.
    case premium = "P"
    /// Admin and app pools of its own, in a sovereign region.
    case sovereign = "G"
  }

  let id: TenantID
  let app: AppID
  let reseller: ResellerID?
  let displayName: String
  let region: String
  let tier: Tier
  let brandDomain: BrandDomain?
  /// A sandbox or demo tenant.
  let isSandbox: Bool
  let createdAt: Micros
  private(set) var updatedAt: Micros
  private(set) var lifecycle: Lifecycle
  /// Rises by one with every change of state, from 1.
  private(set) var epoch: Int64

  /// What is asked for when a tenant is provisioned.
  struct Order: Sendable, Equatable {
    var app: AppID
    var reseller: ResellerID?
    var displayName: String
    var region: String
    var tier = Tier.shared
    var brandDomain: BrandDomain?
    var isSandbox = false
  }

  /// A new tenant, or why the order cannot be met.
  static func provisioned(
    _ order: Order, as id: TenantID, in regions: RegionCatalog, at now: Micros
  ) throws(ProvisioningRefusal) -> Tenant {
    let region = try regions.region(order.region)
    guard order.tier != .sovereign || region.isSovereign else {
      throw .regionNotSovereign(region.code)
    }
    return Tenant(
      id: id, app: order.app, reseller: order.reseller, displayName: order.displayName,
      region: region.code, tier: order.tier, brandDomain: order.brandDomain,
      isSandbox: order.isSandbox, createdAt: now, updatedAt: now, lifecycle: .provisioned, epoch: 1)
  }

  /// The tenant after `action`, or why there is none.
  func applying(_ action: LifecycleAction, at now: Micros) throws(LifecycleRefusal) -> Tenant {
    var changed = self
    changed.lifecycle = try lifecycle.applying(action, at: now)
    changed.epoch += 1
    // Clocks differ between replicas; a tenant's own times never run backwards.
    changed.updatedAt = max(now, updatedAt)
    return changed
  }
}

/// Why a tenant cannot be provisioned.
enum ProvisioningRefusal: Error, Sendable, Equatable {
  case unknownRegion(String, known: [String])
  /// Tier G was asked for in an ordinary region.
  case regionNotSovereign(String)
  case unknownApp(AppID)
  case unknownReseller(ResellerID)
  /// Another tenant has the host name, or had it.
  case brandDomainTaken(BrandDomain)
}

extension ProvisioningRefusal: CustomStringConvertible {
  /// The value and the rule, in words for the caller.
  var description: String {
    switch self {
    case .unknownRegion(let region, let known):
      "region is not known: \"\(region)\"; the regions are \(known.joined(separator: ", "))"
    case .regionNotSovereign(let region):
      "region \(region) is not sovereign; tier G requires a sovereign region"
    case .unknownApp(let app):
      "App \(app.rawValue) not found; create the App first"
    case .unknownReseller(let reseller):
      "Reseller \(reseller.rawValue) not found; create the Reseller first"
    case .brandDomainTaken(let domain):
      "brand_domain \(domain.rawValue) belongs to another tenant"
    }
  }
}
