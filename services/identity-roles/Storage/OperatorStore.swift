import MeshSQL

/// The operators in PostgreSQL: who they are and what they hold.
///
/// What changes something takes the transaction that its event is written in.
struct OperatorStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Whether setup is over: there is an operator, or there was one.
  func isSetUp() async throws(SQLError) -> Bool {
    try await database.read(Self.isSetUpQuery).one().decode(Bool.self)
  }

  /// Takes the one place of the first operator; false when it is taken.
  ///
  /// Of two who try at once, the second one waits here for the first one's end.
  func claimSetup(
    for id: OperatorID, at now: Micros, in transaction: Transaction
  ) async throws(SQLError) -> Bool {
    let results = try await transaction.batch([
      """
      INSERT INTO accounts.setup (is_over, identity_id, at)
      VALUES (TRUE, \(id), \(SQLTimestamp(now))) ON CONFLICT DO NOTHING
      """,
      "SELECT EXISTS (SELECT FROM accounts.identity WHERE is_system_admin)",
    ])
    let operatorsExist: Bool = try results[1].one().decode(Bool.self)
    return results[0].affected == 1 && !operatorsExist
  }

  /// Adds a new operator with the hash of its password; the roles are granted apart from it.
  ///
  /// - Throws: `AccountRefusal.emailTaken`.
  func insert(
    _ account: Operator, passwordHash: String, in transaction: Transaction
  ) async throws {
    let time = SQLTimestamp(account.createdAt)
    let statements: [SQL] = [
      """
      INSERT INTO accounts.identity (identity_id, email, name, is_system_admin, created_at)
      VALUES (\(account.id), \(account.email), \(account.name), TRUE, \(time))
      """,
      """
      INSERT INTO dashboard_auth.dashboard_users (identity_id, password_hash, created_at)
      VALUES (\(account.id), \(passwordHash), \(time))
      """,
    ]
    do throws(SQLError) {
      _ = try await transaction.batch(statements)
    } catch {
      throw AccountRefusal.cause(
        of: error, inserting: account.email, uniqueBy: "identity_email_key")
    }
  }

  /// The operators, newest first, from behind `key`, with what is live by `limits` at `now`.
  func rows(
    after key: ListKey?, limit: Int, at now: Micros, _ limits: SessionLimits
  ) async throws(SQLError) -> [Operator] {
    let place = ListKey.condition(key, createdAt: "i.created_at", id: "i.identity_id")
    let rows = try await database.read(
      """
      \(sql: Self.selection(at: now, limits)) AND \(sql: place)
      ORDER BY i.created_at DESC, i.identity_id DESC LIMIT \(limit)
      """)
    var operators: [Operator] = []
    operators.reserveCapacity(rows.count)
    for row in rows { operators.append(try Operator(row)) }
    return operators
  }

  /// The operator, held against every other change of its roles until the transaction ends.
  func findForChange(
    _ id: OperatorID, at now: Micros, _ limits: SessionLimits, in transaction: Transaction
  ) async throws(SQLError) -> Operator? {
    // Two statements: the second one sees what whoever held the lock before has committed.
    let results = try await transaction.batch([
      "SELECT FROM accounts.identity WHERE identity_id = \(id) FOR NO KEY UPDATE",
      "\(sql: Self.selection(at: now, limits)) AND i.identity_id = \(id)",
    ])
    guard let row = try results[1].oneOrNone() else { return nil }
    return try Operator(row)
  }

  /// The roles that `id` holds as of now; none for whoever is no operator.
  func roles(of id: OperatorID, in transaction: Transaction) async throws(SQLError) -> Set<Role> {
    let rows = try await transaction.query(
      "SELECT role FROM accounts.user_roles WHERE account_id = \(id) AND tenant_id IS NULL")
    var roles: Set<Role> = []
    for row in rows { roles.insert(try row["role"]) }
    return roles
  }

  /// How many operators are superuser; none becomes or ceases to be one until the transaction ends.
  func lockSuperusers(in transaction: Transaction) async throws(SQLError) -> Int {
    try await transaction.query(
      """
      SELECT FROM accounts.user_roles
      WHERE role = \(Role.superuser) AND tenant_id IS NULL ORDER BY account_id FOR UPDATE
      """
    ).count
  }

  /// Gives `id` a role that it does not hold.
  func grant(
    _ role: Role, to id: OperatorID, by actor: OperatorID?, reason: String, at now: Micros,
    in transaction: Transaction
  ) async throws(SQLError) {
    try await transaction.execute(
      """
      INSERT INTO accounts.user_roles (account_id, role, granted_at, granted_by, reason)
      VALUES (\(id), \(role), \(SQLTimestamp(now)), \(actor), \(reason))
      """)
  }

  /// Takes a role from `id`.
  func revoke(
    _ role: Role, from id: OperatorID, in transaction: Transaction
  ) async throws(SQLError) {
    try await transaction.execute(
      """
      DELETE FROM accounts.user_roles
      WHERE account_id = \(id) AND role = \(role) AND tenant_id IS NULL
      """)
  }

  private static let isSetUpQuery: SQL =
    """
    SELECT EXISTS (SELECT FROM accounts.setup)
      OR EXISTS (SELECT FROM accounts.identity WHERE is_system_admin)
    """

  /// Operators with their roles and sessions, up to a condition.
  private static func selection(at now: Micros, _ limits: SessionLimits) -> SQL {
    """
    SELECT i.identity_id, i.email, i.name,
      ARRAY(SELECT role FROM accounts.user_roles AS r
        WHERE r.account_id = i.identity_id AND r.tenant_id IS NULL),
      i.created_at, d.last_sign_in_at,
      (SELECT count(*) FROM dashboard_auth.sessions AS s
        WHERE s.identity_id = i.identity_id AND s.ended_at IS NULL AND s.tenant_id IS NULL
          AND s.created_at > \(SQLTimestamp(now - limits.absolute))
          AND s.last_seen_at > \(SQLTimestamp(now - limits.idle)))
    FROM accounts.identity AS i JOIN dashboard_auth.dashboard_users AS d USING (identity_id)
    WHERE i.is_system_admin
    """
  }
}

extension Operator {
  fileprivate init(_ row: Row) throws(SQLError) {
    let (id, email, name, roles, createdAt, lastSignInAt, sessions) = try row.decode(
      OperatorID.self, EmailAddress.self, String.self, [Role].self, Int64.self, Int64?.self,
      Int64.self)
    self.init(
      id: id, email: email, name: name, roles: Set(roles), createdAt: createdAt,
      lastSignInAt: lastSignInAt, sessions: sessions)
  }
}
