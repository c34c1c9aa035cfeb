import MeshCrypto
import MeshSQL

/// A session with whom it belongs to and what that account may do, as of now.
struct HeldSession: Sendable, Equatable {
  let id: SessionID
  let account: Account
  let email: EmailAddress
  let name: String
  let roles: HeldRoles
  let life: SessionLife
  /// What confines a token for one tenant; nil for a sign-in.
  var scope: TokenScope?
}

/// The sessions in PostgreSQL: those of operators and those of members, in tables apart.
///
/// The hash of a token is all that is kept of it.
struct SessionStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Starts a session of `account`.
  func insert(
    _ id: SessionID, of account: Account, tokenHash: Digest, ip: String, at now: Micros,
    in transaction: Transaction
  ) async throws(SQLError) {
    let (hash, time) = (tokenHash.bytes, SQLTimestamp(now))
    switch account {
    case .operator(let owner):
      try await transaction.execute(
        """
        INSERT INTO dashboard_auth.sessions
          (session_id, identity_id, token_hash, created_at, last_seen_at, ip)
        VALUES (\(id), \(owner), \(hash), \(time), \(time), \(ip))
        """)
    case .member(let owner, of: let tenant):
      try await transaction.execute(
        """
        INSERT INTO accounts.member_sessions
          (tenant_id, session_id, member_id, token_hash, created_at, last_seen_at, ip)
        VALUES (\(tenant), \(id), \(owner), \(hash), \(time), \(time), \(ip))
        """)
    }
  }

  /// Keeps an operator's token for one tenant.
  func insert(
    _ id: SessionID, of owner: OperatorID, _ scope: TokenScope, tokenHash: Digest, ip: String,
    at now: Micros, in transaction: Transaction
  ) async throws(SQLError) {
    let time = SQLTimestamp(now)
    try await transaction.execute(
      """
      INSERT INTO dashboard_auth.sessions
        (session_id, identity_id, token_hash, created_at, last_seen_at, ip,
          tenant_id, permissions, expires_at)
      VALUES (\(id), \(owner), \(tokenHash.bytes), \(time), \(time), \(ip),
        \(scope.tenant), \(scope.permissions.sorted()), \(SQLTimestamp(scope.expiresAt)))
      """)
  }

  /// The token for one tenant, live or not, whoever made it.
  func findTenantToken(_ id: SessionID) async throws(SQLError) -> HeldSession? {
    try await find(
      Self.operatorSessions, where: "s.session_id = \(id) AND s.tenant_id IS NOT NULL")
  }

  /// The operator's session with this token, live or not.
  func findOperatorSession(tokenHash: [UInt8]) async throws(SQLError) -> HeldSession? {
    try await find(Self.operatorSessions, where: "s.token_hash = \(tokenHash)")
  }

  /// The member's session with this token, live or not.
  func findMemberSession(tokenHash: [UInt8]) async throws(SQLError) -> HeldSession? {
    try await find(Self.memberSessions, where: "s.token_hash = \(tokenHash)")
  }

  /// The session, live or not, if it is the account's.
  func find(_ id: SessionID, of account: Account) async throws(SQLError) -> HeldSession? {
    switch account {
    case .operator(let owner):
      try await find(
        Self.operatorSessions, where: "s.session_id = \(id) AND s.identity_id = \(owner)")
    case .member(let owner, of: let tenant):
      try await find(
        Self.memberSessions,
        where: "s.tenant_id = \(tenant) AND s.session_id = \(id) AND s.member_id = \(owner)")
    }
  }

  /// Notes that a session was used; without effect on one that has ended.
  func touch(_ session: HeldSession, at now: Micros) async throws(SQLError) {
    try await database.execute(
      """
      UPDATE \(sql: Self.table(session.account)) SET last_seen_at = \(SQLTimestamp(now))
      WHERE \(sql: Self.key(session.id, session.account)) AND ended_at IS NULL
        AND last_seen_at < \(SQLTimestamp(now))
      """)
  }

  /// Ends a session; false when it had ended before.
  func end(
    _ id: SessionID, of account: Account, at now: Micros, in transaction: Transaction
  ) async throws(SQLError) -> Bool {
    let ended = try await transaction.execute(
      """
      UPDATE \(sql: Self.table(account)) SET ended_at = \(SQLTimestamp(now))
      WHERE \(sql: Self.key(id, account)) AND ended_at IS NULL
      """)
    return ended == 1
  }

  /// Forgets sessions that began before `time`, at most `limit` on each plane; answers how many.
  func delete(before time: Micros, limit: Int) async throws(SQLError) -> Int {
    let results = try await database.batch(
      (["dashboard_auth.sessions", "accounts.member_sessions"] as [SQL]).map { table in
        """
        DELETE FROM \(sql: table) WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM \(sql: table) WHERE created_at < \(SQLTimestamp(time))
          ORDER BY created_at LIMIT \(limit)))
        """
      })
    return results.reduce(0) { $0 + $1.affected }
  }

  private func find(
    _ selection: SQL, where condition: SQL
  ) async throws(SQLError) -> HeldSession? {
    let rows = try await database.read("\(sql: selection) AND \(sql: condition)")
    guard let row = try rows.oneOrNone() else { return nil }
    return try HeldSession(row)
  }

  // What `HeldSession.init(_: Row)` reads, in its order.
  private static let operatorSessions: SQL =
    """
    SELECT s.session_id, s.identity_id, NULL::uuid, i.email, i.name, s.created_at, s.last_seen_at,
      s.ended_at, ARRAY(SELECT role FROM accounts.user_roles AS r
        WHERE r.account_id = s.identity_id AND r.tenant_id IS NULL),
      s.tenant_id, s.permissions, s.expires_at
    FROM dashboard_auth.sessions AS s JOIN accounts.identity AS i USING (identity_id)
    WHERE i.is_system_admin
    """
  private static let memberSessions: SQL =
    """
    SELECT s.session_id, s.member_id, s.tenant_id, m.email, m.name, s.created_at, s.last_seen_at,
      s.ended_at, ARRAY(SELECT role FROM accounts.user_roles AS r
        WHERE r.account_id = s.member_id AND r.tenant_id = s.tenant_id)
    FROM accounts.member_sessions AS s JOIN accounts.member AS m USING (tenant_id, member_id)
    WHERE TRUE
    """

  private static func table(_ account: Account) -> SQL {
    switch account {
    case .operator: "dashboard_auth.sessions"
    case .member: "accounts.member_sessions"
    }
  }

  private static func key(_ id: SessionID, _ account: Account) -> SQL {
    switch account {
    case .operator: "session_id = \(id)"
    case .member(_, of: let tenant): "tenant_id = \(tenant) AND session_id = \(id)"
    }
  }
}

extension HeldSession {
  fileprivate init(_ row: Row) throws(SQLError) {
    let (id, owner, tenant, email, name, startedAt, lastSeenAt, endedAt) = try row.decode(
      SessionID.self, String.self, TenantID?.self, EmailAddress.self, String.self, Int64.self,
      Int64.self, Int64?.self)
    if let tenant {
      account = .member(MemberID(rawValue: owner), of: tenant)
      roles = .member(MemberRole(highest: try row[8]))
    } else {
      account = .operator(OperatorID(rawValue: owner))
      roles = .operator(Set(try row[8, as: [Role].self]))
    }
    self.id = id
    self.email = email
    self.name = name
    if tenant == nil, let scoped: TenantID = try row[9], let end: Int64 = try row[11] {
      scope = TokenScope(
        tenant: scoped, permissions: Set(try row[10, as: [String].self]), expiresAt: end)
    }
    life = SessionLife(
      startedAt: startedAt, lastSeenAt: lastSeenAt, endedAt: endedAt, fixedEnd: scope?.expiresAt)
  }
}
