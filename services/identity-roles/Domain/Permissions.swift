/// A permission that methods ask for, with what those methods do.
struct Permission: Sendable, Hashable {
  /// For example `tenants.suspend`.
  let name: String
  /// No method that asks for it changes anything.
  let readsOnly: Bool
}

/// Which role may do what: the one table from roles to permissions.
///
/// The permissions themselves come from the contract, so a new method is in the table at once.
struct RoleTable: Sendable, Equatable {
  private let onOperatorPlane: [Permission]
  private let onTenantPlane: [Permission]

  /// What an operator's role adds to reading, whether or not the contract has it yet.
  ///
  /// `calls.tap` reads, but what it shows is for those who run the mesh.
  private static let operations: Set<String> = [
    "runs.trigger", "flows.pause", "keys.rotate", "calls.tap",
  ]

  /// What a tenant's ledger holds about its people is for its admins.
  private static let forTenantAdmins: Set<String> = ["audit.read", "audit.verify"]

  /// A table over the permissions that the methods of each plane ask for.
  init(onOperatorPlane: [Permission], onTenantPlane: [Permission]) {
    self.onOperatorPlane = onOperatorPlane
    self.onTenantPlane = onTenantPlane
  }

  /// What an operator with these roles may do: the sum of them; nothing without a role.
  func permissions(of roles: Set<Role>) -> Set<String> {
    roles.reduce(into: []) { $0.formUnion(permissions(of: $1)) }
  }

  /// What a member with this role may do in its own tenant.
  func permissions(of role: MemberRole) -> Set<String> {
    switch role {
    case .member:
      Set(onTenantPlane.filter(\.readsOnly).map(\.name)).subtracting(Self.forTenantAdmins)
    case .admin: Set(onTenantPlane.map(\.name))
    }
  }

  private func permissions(of role: Role) -> Set<String> {
    let reads = Set(onOperatorPlane.filter(\.readsOnly).map(\.name))
    return switch role {
    case .viewer: reads.subtracting(Self.operations)
    case .operator: reads.union(Self.operations)
    case .admin, .superuser: Set(onOperatorPlane.map(\.name)).union(Self.operations)
    }
  }
}
