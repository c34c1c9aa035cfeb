import MeshSQL

/// Where somebody signs in.
enum SignInPlace: Sendable, Equatable {
  case operators
  case members(of: TenantID)
}

/// What is kept to check a sign-in against.
struct Credential: Sendable, Equatable {
  let account: Account
  let email: EmailAddress
  let passwordHash: String
  let throttle: SignInThrottle
}

/// Passwords and failures in PostgreSQL, of operators and of members, in tables apart.
struct CredentialStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// The credential of an account that may sign in there.
  func find(
    _ email: EmailAddress, at place: SignInPlace
  ) async throws(SQLError) -> Credential? {
    switch place {
    case .operators:
      let rows = try await database.read(
        """
        SELECT password_hash, \(sql: SignInThrottle.columns), i.identity_id
        FROM accounts.identity AS i JOIN dashboard_auth.dashboard_users AS d USING (identity_id)
        WHERE i.email = \(email) AND i.is_system_admin
        """)
      guard let row = try rows.oneOrNone() else { return nil }
      return try Credential(row, .operator(try row[4]), email)
    case .members(of: let tenant):
      let rows = try await database.read(
        """
        SELECT password_hash, \(sql: SignInThrottle.columns), member_id
        FROM accounts.member WHERE tenant_id = \(tenant) AND email = \(email)
        """)
      guard let row = try rows.oneOrNone() else { return nil }
      return try Credential(row, .member(try row[4], of: tenant), email)
    }
  }

  /// The credential as of now, held against other sign-ins until the transaction ends.
  func findForChange(
    _ credential: Credential, in transaction: Transaction
  ) async throws(SQLError) -> Credential? {
    let (account, email) = (credential.account, credential.email)
    let rows = try await transaction.query(
      """
      SELECT password_hash, \(sql: SignInThrottle.columns) FROM \(sql: Self.table(account))
      WHERE \(sql: Self.key(account)) FOR NO KEY UPDATE
      """)
    guard let row = try rows.oneOrNone() else { return nil }
    return try Credential(row, account, email)
  }

  /// Writes down a failure.
  func update(
    _ throttle: SignInThrottle, of account: Account, in transaction: Transaction
  ) async throws(SQLError) {
    try await transaction.execute(
      """
      UPDATE \(sql: Self.table(account)) SET failures = \(throttle.failures),
        last_failure_at = \(throttle.lastFailureAt.map { SQLTimestamp($0) }),
        paused_until = \(throttle.pausedUntil.map { SQLTimestamp($0) })
      WHERE \(sql: Self.key(account))
      """)
  }

  /// Writes down a success, which forgets the failures; `passwordHash` replaces an outdated one.
  func updateSignedIn(
    _ account: Account, at now: Micros, passwordHash: String?, in transaction: Transaction
  ) async throws(SQLError) {
    try await transaction.execute(
      """
      UPDATE \(sql: Self.table(account)) SET failures = 0, last_failure_at = NULL,
        paused_until = NULL, last_sign_in_at = \(SQLTimestamp(now)),
        password_hash = COALESCE(\(passwordHash), password_hash)
      WHERE \(sql: Self.key(account))
      """)
  }

  private static func table(_ account: Account) -> SQL {
    switch account {
    case .operator: "dashboard_auth.dashboard_users"
    case .member: "accounts.member"
    }
  }

  private static func key(_ account: Account) -> SQL {
    switch account {
    case .operator(let id): "identity_id = \(id)"
    case .member(let id, of: let tenant): "tenant_id = \(tenant) AND member_id = \(id)"
    }
  }
}

extension Credential {
  fileprivate init(_ row: Row, _ account: Account, _ email: EmailAddress) throws(SQLError) {
    self.init(
      account: account, email: email, passwordHash: try row[0],
      throttle: try SignInThrottle(row, from: 1))
  }
}
