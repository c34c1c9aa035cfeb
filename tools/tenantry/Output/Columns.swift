import MeshProto

/// What a table shows of each kind of row, from left to right.
struct Column: Sendable {
  let heading: String
  /// The fields to try in turn, each a path such as `event.actor.name`; the first that shows
  /// something counts.
  let paths: [String]
  /// Left out where all rows say the same: whoever asked for one tenant's rows knows it.
  let tellsRowsApart: Bool

  init(_ heading: String, _ paths: String..., tellsRowsApart: Bool = false) {
    self.heading = heading
    self.paths = paths
    self.tellsRowsApart = tellsRowsApart
  }

  /// The column's cell in the row of `record`.
  func cell(of record: Record) -> Cell {
    for path in paths {
      let cell = Self.cell(path.split(separator: ".").map(String.init)[...], of: record)
      if !cell.text.isEmpty { return cell }
    }
    return Cell("")
  }

  private static func cell(_ path: ArraySlice<String>, of record: Record) -> Cell {
    guard let name = path.first, let field = record.type.field(named: name) else { return Cell("") }
    if path.count == 1 { return Cell(field, of: record) }
    guard let inner = record.records(name).first else { return Cell("") }
    return cell(path.dropFirst(), of: inner)
  }
}

/// The declared columns by message type; the first names the row, and `-o name` prints it.
enum Columns {
  /// The columns of a message type: those declared, else one for each plain field.
  static func of(_ type: MessageDescriptor) -> [Column] {
    declared[type.name]
      ?? type.fields.filter { !$0.isRepeated }.map { field in
        Column(field.name.replacing("_", with: " "), field.name)
      }
  }

  /// The names of the types with declared columns.
  static var declaredTypes: [String] { declared.keys.sorted() }

  private static let declared: [String: [Column]] = [
    "tenantry.tenants.v1.App": [
      Column("app", "app_id"), Column("name", "name"), Column("created", "created_at"),
    ],
    "tenantry.tenants.v1.Reseller": [
      Column("reseller", "reseller_id"), Column("name", "name"), Column("created", "created_at"),
    ],
    "tenantry.tenants.v1.Tenant": [
      Column("tenant", "tenant_id"), Column("name", "display_name"), Column("state", "state"),
      Column("tier", "tier"), Column("region", "region"), Column("created", "created_at"),
    ],
    "tenantry.identity.v1.Operator": [
      Column("operator", "operator_id"), Column("e-mail", "email"), Column("name", "name"),
      Column("roles", "roles"), Column("sessions", "active_session_count"),
      Column("last sign-in", "last_sign_in_at"),
    ],
    "tenantry.identity.v1.Member": [
      Column("member", "member_id"), Column("e-mail", "email"), Column("name", "name"),
      Column("role", "role"), Column("created", "created_at"),
    ],
    "tenantry.pools.v1.Pool": [
      Column("pool", "index"), Column("kind", "kind"), Column("region", "region"),
      Column("status", "status"), Column("tenants", "tenant_count"),
      Column("dedicated to", "dedicated_tenant_id"),
    ],
    "tenantry.audit.v1.Entry": [
      Column("seq", "sequence"), Column("when", "event.occurred_at", "recorded_at"),
      Column("event", "event.type"), Column("actor", "event.actor.name", "event.actor.id"),
      Column("target", "event.target.name", "event.target.id"),
      Column("request id", "event.request_id"), Column("ip", "event.ip"),
      Column("reason", "event.reason"),
      Column("tenant", "tenant_id", tellsRowsApart: true),
    ],
    "tenantry.ops.v1.TappedCall": [
      Column("ended", "ended_at"), Column("process", "process"), Column("status", "status"),
      Column("latency", "latency"), Column("method", "method"), Column("caller", "caller_id"),
      Column("tenant", "tenant_id"), Column("peer", "peer"), Column("skipped", "skipped"),
    ],
    "tenantry.ops.v1.Process": [
      Column("process", "name"), Column("health", "health"), Column("version", "version"),
      Column("address", "address"), Column("pid", "pid"), Column("started", "started_at"),
      Column("outbox", "outbox_depth"), Column("problems", "problems"),
    ],
  ]
}
