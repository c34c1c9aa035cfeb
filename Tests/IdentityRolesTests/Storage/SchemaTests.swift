import MeshSQL
import Testing

@testable import IdentityRoles

@Suite("The schema of the accounts", .timeLimit(.minutes(2)))
struct SchemaTests {
  @Test("grants are in user_roles alone: no other table has a role column")
  func roleColumns() async throws {
    try await TestService.run { service in
      let rows = try await service.database.query(
        """
        SELECT table_schema || '.' || table_name FROM information_schema.columns
        WHERE table_schema IN ('accounts', 'dashboard_auth') AND column_name LIKE '%role%'
        """)
      let tables: [String] = try rows.map { try $0.decode(String.self) }
      #expect(tables == ["accounts.user_roles"])
    }
  }

  @Test("the documented query lists operators' sign-ins newest first")
  func signIns() async throws {
    try await TestService.run { service in
      let first = try await service.setUp().sessionID
      let second = try await service.signIn().sessionID
      let rows = try await service.database.query(
        "SELECT * FROM dashboard_auth.sessions ORDER BY created_at DESC")
      let sessions: [String] = try rows.map { try $0["session_id"] }
      #expect(sessions == [second, first])
    }
  }

  private static let forbidden = [
    """
    INSERT INTO accounts.user_roles (account_id, role, granted_at, reason)
    VALUES (gen_random_uuid(), 'viewer', now(), '')
    """,
    "UPDATE accounts.user_roles SET role = 'root'",
    "UPDATE accounts.user_roles SET role = 'member'",
    """
    INSERT INTO accounts.user_roles (account_id, role, granted_at, reason)
    SELECT account_id, role, now(), '' FROM accounts.user_roles
    """,
    "INSERT INTO accounts.setup SELECT TRUE, identity_id, now() FROM accounts.identity",
    "UPDATE accounts.identity SET email = 'Ada@Example.com'",
    "UPDATE dashboard_auth.dashboard_users SET password_hash = 'secret'",
    "UPDATE dashboard_auth.sessions SET token_hash = 'short'",
    "DELETE FROM accounts.identity",
  ]

  @Test("what the rules forbid, the tables refuse")
  func constraints() async throws {
    try await TestService.run { service in
      _ = try await service.setUp()
      for statement in Self.forbidden {
        let error = await #expect(throws: SQLError.self, "\(statement)") {
          try await service.database.script(statement)
        }
        guard case .constraint = error else {
          Issue.record("\(statement): \(String(describing: error))")
          continue
        }
      }
    }
  }
}
