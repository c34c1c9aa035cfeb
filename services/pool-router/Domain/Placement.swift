/// The pools that a tenant is to have.
struct Placement: Sendable, Equatable {
  /// One pool of a placement.
  enum Seat: Sendable, Equatable {
    /// A shared pool that there is.
    case existing(PoolIndex)
    /// A shared pool, the first of its region.
    case opening
    /// A pool for this tenant alone.
    case own
  }

  let admin: Seat
  let app: Seat

  /// Whether a shared pool has to be opened, which one task at a time may do for a region.
  var opensShared: Bool { admin == .opening || app == .opening }

  /// Where a tenant of `tier` goes, given the shared pools of its region, or why nowhere.
  ///
  /// S shares both pools, P has an app pool of its own, G has both of its own. Of several shared
  /// pools the one with the fewest tenants is taken, of equals the lowest number.
  static func decide(
    _ tier: Tier, in region: String, shared pools: [Pool]
  ) throws(PlacementRefusal) -> Placement {
    Placement(
      admin: tier.ownsAdminPool ? .own : try sharedSeat(.admin, region, pools),
      app: tier.ownsAppPool ? .own : try sharedSeat(.app, region, pools))
  }

  private static func sharedSeat(
    _ kind: Pool.Kind, _ region: String, _ pools: [Pool]
  ) throws(PlacementRefusal) -> Seat {
    let shared = pools.filter { pool in
      pool.kind == kind && pool.region == region && pool.dedicatedTo == nil
    }
    if shared.isEmpty { return .opening }
    let open = shared.filter(\.takesTenants)
    guard let best = open.min(by: { ($0.tenantCount, $0.index) < ($1.tenantCount, $1.index) })
    else { throw PlacementRefusal.noActivePool(kind, region: region) }
    return .existing(best.index)
  }
}

/// How much of the platform a tenant shares with others.
enum Tier: String, Sendable, CaseIterable {
  case shared = "S"
  case premium = "P"
  case sovereign = "G"

  var ownsAdminPool: Bool { self == .sovereign }
  var ownsAppPool: Bool { self != .shared }
}

/// Why a tenant cannot be placed for now.
enum PlacementRefusal: Error, Sendable, Equatable {
  /// There are shared pools, but none of them takes tenants.
  case noActivePool(Pool.Kind, region: String)
  /// The chosen pool stopped taking tenants in this moment; choosing again finds another.
  case poolClosed(Pool.Kind, PoolIndex)
}

extension PlacementRefusal: CustomStringConvertible {
  /// What is missing, in words for the caller.
  var description: String {
    switch self {
    case .noActivePool(let kind, let region):
      "no shared \(kind.rawValue) pool in \(region) is active"
    case .poolClosed(let kind, let index):
      "\(kind.rawValue) pool \(index.rawValue) has just stopped taking tenants; try again"
    }
  }
}
