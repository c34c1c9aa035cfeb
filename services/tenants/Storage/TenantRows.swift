import MeshSQL

extension TenantID: SQLDecodable, SQLEncodable {}
extension AppID: SQLDecodable, SQLEncodable {}
extension ResellerID: SQLDecodable, SQLEncodable {}
extension BrandDomain: SQLDecodable, SQLEncodable {}
extension Tenant.Tier: SQLDecodable, SQLEncodable {}
extension LifecycleState: SQLDecodable, SQLEncodable {}
extension SuspensionCause: SQLDecodable, SQLEncodable {}
extension Lifecycle.Suspension.Origin: SQLDecodable, SQLEncodable {}
extension LifecycleAction.Kind: SQLEncodable {}

extension Tenant {
  /// What `init(_: Row)` reads, in its order.
  static let columns: SQL =
    """
    tenant_id, app_id, reseller_id, display_name, region, tier, brand_domain, sandbox, created_at,
    updated_at, epoch, state, suspended_from, suspend_cause, suspend_reason, leaving_from,
    leaving_reason, deadline_at
    """

  init(_ row: Row) throws(SQLError) {
    self.init(
      id: try row[0], app: try row[1], reseller: try row[2], displayName: try row[3],
      region: try row[4], tier: try row[5], brandDomain: try row[6], isSandbox: try row[7],
      createdAt: try row[8], updatedAt: try row[9],
      lifecycle: try LifecycleColumns(row, from: 11).lifecycle(), epoch: try row[10])
  }
}

/// A lifecycle as `tenant.tenant` keeps it.
struct LifecycleColumns: Sendable, Equatable {
  let state: LifecycleState
  var suspendedFrom: Lifecycle.Suspension.Origin?
  var suspendCause: SuspensionCause?
  var suspendReason: String?
  var leavingFrom: LifecycleState?
  var leavingReason: String?
  var deadline: SQLTimestamp?

  init(_ life: Lifecycle) {
    state = life.state
    switch life {
    case .provisioned, .trial, .active: break
    case .suspended(let suspension): keep(suspension)
    case .offboarding(let farewell), .offboarded(let farewell):
      leavingFrom = farewell.from.state
      leavingReason = farewell.reason
      deadline = SQLTimestamp(microseconds: farewell.deadline)
      if case .suspended(let suspension) = farewell.from { keep(suspension) }
    }
  }

  private mutating func keep(_ suspension: Lifecycle.Suspension) {
    suspendedFrom = suspension.from
    suspendCause = suspension.cause
    suspendReason = suspension.reason
  }

  /// Reads the seven columns that begin with `state`, from `column`.
  init(_ row: Row, from column: Int) throws(SQLError) {
    state = try row[column]
    suspendedFrom = try row[column + 1]
    suspendCause = try row[column + 2]
    suspendReason = try row[column + 3]
    leavingFrom = try row[column + 4]
    leavingReason = try row[column + 5]
    deadline = try row[column + 6]
  }

  /// The lifecycle; throws for columns that the table's constraints do not let stand together.
  func lifecycle() throws(SQLError) -> Lifecycle {
    switch state {
    case .provisioned: return .provisioned
    case .trial: return .trial
    case .active: return .active
    case .suspended: return .suspended(try suspension())
    case .offboarding: return .offboarding(try offboarding())
    case .offboarded: return .offboarded(try offboarding())
    }
  }

  private func suspension() throws(SQLError) -> Lifecycle.Suspension {
    guard let suspendedFrom, let suspendCause, let suspendReason else {
      throw .decoding(column: "suspended_from", reason: .cell(.malformed))
    }
    return Lifecycle.Suspension(from: suspendedFrom, cause: suspendCause, reason: suspendReason)
  }

  private func offboarding() throws(SQLError) -> Lifecycle.Offboarding {
    let origin: Lifecycle? =
      switch leavingFrom {
      case .provisioned: .provisioned
      case .trial: .trial
      case .active: .active
      case .suspended: .suspended(try suspension())
      case .offboarding, .offboarded, nil: nil
      }
    guard let origin, let leavingReason, let deadline else {
      throw .decoding(column: "leaving_from", reason: .cell(.malformed))
    }
    return Lifecycle.Offboarding(
      from: origin, reason: leavingReason, deadline: deadline.microseconds)
  }
}
