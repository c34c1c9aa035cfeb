import MeshSQL

/// The tenants' members in PostgreSQL.
///
/// What changes something takes the transaction that its event is written in.
struct MemberStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Whether `tenant` has a member; nobody else adds one until the transaction ends.
  func lockMembers(
    of tenant: TenantID, in transaction: Transaction
  ) async throws(SQLError) -> Bool {
    let results = try await transaction.batch([
      "SELECT pg_advisory_xact_lock(hashtextextended('members of ' || \(tenant), 0))",
      "SELECT EXISTS (SELECT FROM accounts.member WHERE tenant_id = \(tenant))",
    ])
    return try results[1].one().decode(Bool.self)
  }

  /// Adds a new member with the hash of its password and its role.
  ///
  /// - Throws: `AccountRefusal.emailTaken`.
  func insert(
    _ member: Member, passwordHash: String, by actor: String, reason: String,
    in transaction: Transaction
  ) async throws {
    let time = SQLTimestamp(member.createdAt)
    let statements: [SQL] = [
      """
      INSERT INTO accounts.member
        (tenant_id, member_id, email, name, password_hash, created_at)
      VALUES (
        \(member.tenant), \(member.id), \(member.email), \(member.name), \(passwordHash), \(time))
      """,
      """
      INSERT INTO accounts.user_roles
        (account_id, tenant_id, role, granted_at, granted_by, reason)
      VALUES (
        \(member.id), \(member.tenant), \(member.role), \(time), \(SQLUUID(actor)), \(reason))
      """,
    ]
    do throws(SQLError) {
      _ = try await transaction.batch(statements)
    } catch {
      throw AccountRefusal.cause(of: error, inserting: member.email, uniqueBy: "member_email_key")
    }
  }

  /// The members of `tenant`, newest first, from behind `key`.
  func rows(
    of tenant: TenantID, after key: ListKey?, limit: Int
  ) async throws(SQLError) -> [Member] {
    let place = ListKey.condition(key, createdAt: "m.created_at", id: "m.member_id")
    let rows = try await database.read(
      """
      SELECT m.member_id, m.tenant_id, m.email, m.name,
        ARRAY(SELECT role FROM accounts.user_roles AS r
          WHERE r.account_id = m.member_id AND r.tenant_id = m.tenant_id),
        m.created_at
      FROM accounts.member AS m WHERE m.tenant_id = \(tenant) AND \(sql: place)
      ORDER BY m.created_at DESC, m.member_id DESC LIMIT \(limit)
      """)
    var members: [Member] = []
    members.reserveCapacity(rows.count)
    for row in rows { members.append(try Member(row)) }
    return members
  }
}

extension Member {
  fileprivate init(_ row: Row) throws(SQLError) {
    let (id, tenant, email, name, roles, createdAt) = try row.decode(
      MemberID.self, TenantID.self, EmailAddress.self, String.self, [MemberRole].self, Int64.self)
    self.init(
      id: id, tenant: tenant, email: email, name: name, role: MemberRole(highest: roles),
      createdAt: createdAt)
  }
}

extension MemberRole {
  /// The highest of the roles that a member holds.
  init(highest roles: [MemberRole]) {
    self = roles.contains(.admin) ? .admin : .member
  }
}
