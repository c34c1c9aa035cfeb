import MeshSQL

/// The tenants in PostgreSQL.
///
/// What changes something takes the transaction that its event is written in.
struct TenantStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Adds a new tenant, which waits for its pools from now on.
  ///
  /// - Throws: `ProvisioningRefusal` for an app, a reseller or a brand domain that cannot be had.
  func insert(_ tenant: Tenant, in transaction: Transaction) async throws {
    let time = SQLTimestamp(microseconds: tenant.createdAt)
    do throws(SQLError) {
      _ = try await transaction.batch([
        """
        INSERT INTO tenant.tenant (
          tenant_id, app_id, reseller_id, display_name, region, tier, brand_domain, sandbox,
          created_at, updated_at, epoch, state)
        VALUES (
          \(tenant.id), \(tenant.app), \(tenant.reseller), \(tenant.displayName), \(tenant.region),
          \(tenant.tier), \(tenant.brandDomain), \(tenant.isSandbox), \(time), \(time),
          \(tenant.epoch), \(tenant.lifecycle.state))
        """,
        """
        INSERT INTO tenant.transition (tenant_id, epoch, action, to_state, reason, happened_at)
        VALUES (
          \(tenant.id), \(tenant.epoch), 'create', \(tenant.lifecycle.state), '', \(time))
        """,
        "INSERT INTO tenant.unplaced (tenant_id, since) VALUES (\(tenant.id), \(time))",
      ])
    } catch {
      throw Self.refusal(of: tenant, error) ?? error
    }
  }

  /// The tenant, if there is one.
  func find(_ id: TenantID) async throws(SQLError) -> Tenant? {
    try await tenant(database.read(Self.selection.with(id)))
  }

  /// The tenant, held against every other change until the transaction ends.
  func findForChange(_ id: TenantID, in transaction: Transaction) async throws(SQLError) -> Tenant?
  {
    let sql: SQL = "\(sql: Self.selection.with(id)) FOR NO KEY UPDATE"
    return try await tenant(transaction.query(sql))
  }

  /// Writes what `action` has made of a tenant: its state and the transition that led to it.
  func update(
    _ tenant: Tenant, by action: LifecycleAction, from origin: LifecycleState,
    in transaction: Transaction
  ) async throws(SQLError) {
    let life = LifecycleColumns(tenant.lifecycle)
    let time = SQLTimestamp(microseconds: tenant.updatedAt)
    _ = try await transaction.batch([
      """
      INSERT INTO tenant.transition
        (tenant_id, epoch, action, from_state, to_state, reason, happened_at)
      VALUES (
        \(tenant.id), \(tenant.epoch), \(action.kind), \(origin), \(life.state),
        \(tenant.lifecycle.reason), \(time))
      """,
      """
      UPDATE tenant.tenant SET
        state = \(life.state), epoch = \(tenant.epoch), updated_at = \(time),
        suspended_from = \(life.suspendedFrom), suspend_cause = \(life.suspendCause),
        suspend_reason = \(life.suspendReason), leaving_from = \(life.leavingFrom),
        leaving_reason = \(life.leavingReason), deadline_at = \(life.deadline)
      WHERE tenant_id = \(tenant.id)
      """,
    ])
  }

  /// The tenants that `condition` holds for, newest first, from behind `key`.
  ///
  /// A filter can be slow, so no other read waits behind it.
  func rows(
    where condition: SQL, after key: ListKey?, limit: Int
  ) async throws(SQLError) -> [Tenant] {
    let rows = try await database.query(
      """
      SELECT \(sql: Tenant.columns) FROM tenant.tenant
      WHERE \(sql: condition) AND \(sql: ListKey.condition(key, id: "tenant_id"))
      ORDER BY created_at DESC, tenant_id DESC LIMIT \(limit)
      """)
    var tenants: [Tenant] = []
    tenants.reserveCapacity(rows.count)
    for row in rows { tenants.append(try Tenant(row)) }
    return tenants
  }

  /// What a constraint of the table means, if it means something to the caller.
  private static func refusal(of tenant: Tenant, _ error: SQLError) -> ProvisioningRefusal? {
    guard case .constraint(_, let name) = error else { return nil }
    return switch name {
    case "tenant_app_fkey": .unknownApp(tenant.app)
    case "tenant_reseller_fkey": tenant.reseller.map { .unknownReseller($0) }
    case "tenant_brand_domain_key": tenant.brandDomain.map { .brandDomainTaken($0) }
    default: nil
    }
  }

  private static let selection: SQL = """
    SELECT \(sql: Tenant.columns) FROM tenant.tenant WHERE tenant_id = \(parameter: TenantID.self)
    """

  private func tenant(_ rows: Rows) throws(SQLError) -> Tenant? {
    guard let row = try rows.oneOrNone() else { return nil }
    return try Tenant(row)
  }
}
