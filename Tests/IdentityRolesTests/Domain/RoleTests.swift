import Testing

@testable import IdentityRoles

@Suite("Roles")
struct RoleTests {
  private static let table = RoleTable(
    onOperatorPlane: [
      Permission(name: "tenants.read", readsOnly: true),
      Permission(name: "audit.read", readsOnly: true),
      Permission(name: "calls.tap", readsOnly: true),
      Permission(name: "tenants.suspend", readsOnly: false),
      Permission(name: "roles.grant", readsOnly: false),
      Permission(name: "keys.rotate", readsOnly: false),
    ],
    onTenantPlane: [
      Permission(name: "tenants.read", readsOnly: true),
      Permission(name: "audit.read", readsOnly: true),
      Permission(name: "audit.verify", readsOnly: true),
      Permission(name: "members.create", readsOnly: false),
    ])
  private static let reads: Set<String> = ["tenants.read", "audit.read"]
  private static let operations: Set<String> = [
    "runs.trigger", "flows.pause", "keys.rotate", "calls.tap",
  ]
  private static let everything = reads.union(operations).union(["tenants.suspend", "roles.grant"])

  private static let expected: [(Set<Role>, Set<String>)] = [
    ([], []), ([.viewer], reads), ([.operator], reads.union(operations)), ([.admin], everything),
    ([.superuser], everything), ([.viewer, .operator], reads.union(operations)),
    (Set(Role.allCases), everything),
  ]

  @Test("each role holds exactly its permissions", arguments: expected)
  func permissions(_ roles: Set<Role>, _ permissions: Set<String>) {
    #expect(Self.table.permissions(of: roles) == permissions)
  }

  @Test("a member reads all but the ledger, a tenant's admin does everything on its plane")
  func members() {
    #expect(Self.table.permissions(of: MemberRole.member) == ["tenants.read"])
    #expect(
      Self.table.permissions(of: MemberRole.admin)
        == ["tenants.read", "audit.read", "audit.verify", "members.create"])
  }

  @Test("whoever may grant roles grants any but superuser", arguments: Role.allCases)
  func grant(_ role: Role) throws {
    #expect(
      try RoleChange.grant(role).applied(to: [], by: [.superuser], superusers: 1) == [role])
    if role == .superuser {
      #expect(throws: RoleRefusal.superuserOnly) {
        try RoleChange.grant(role).applied(to: [], by: [.admin], superusers: 1)
      }
    } else {
      #expect(try RoleChange.grant(role).applied(to: [], by: [.admin], superusers: 1) == [role])
    }
  }

  @Test("superuser is revoked by superusers, down to the last one")
  func revokeSuperuser() throws {
    let change = RoleChange.revoke(.superuser)
    #expect(throws: RoleRefusal.superuserOnly) {
      try change.applied(to: [.superuser], by: [.admin], superusers: 2)
    }
    #expect(throws: RoleRefusal.lastSuperuser) {
      try change.applied(to: [.superuser], by: [.superuser], superusers: 1)
    }
    #expect(
      try change.applied(to: [.superuser, .viewer], by: [.superuser], superusers: 2) == [.viewer])
  }

  @Test("what is held is not granted again, what is not held is not revoked")
  func noChange() {
    #expect(throws: RoleRefusal.alreadyHeld(.viewer)) {
      try RoleChange.grant(.viewer).applied(to: [.viewer], by: [.admin], superusers: 1)
    }
    #expect(throws: RoleRefusal.notHeld(.viewer)) {
      try RoleChange.revoke(.viewer).applied(to: [.admin], by: [.admin], superusers: 1)
    }
  }
}
