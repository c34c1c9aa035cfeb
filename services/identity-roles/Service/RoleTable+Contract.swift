import MeshAPI

extension RoleTable {
  /// The table over every permission that the contract's methods ask for.
  static let contract = RoleTable(
    onOperatorPlane: permissions(on: .operator), onTenantPlane: permissions(on: .tenant))

  /// What a held role permits.
  func permissions(of roles: HeldRoles) -> Set<String> {
    switch roles {
    case .operator(let roles): permissions(of: roles)
    case .member(let role): permissions(of: role)
    }
  }

  /// What the holder of a session may do: what its roles permit, as far as its token carries it.
  func permissions(of session: HeldSession) -> Set<String> {
    let held = permissions(of: session.roles)
    return session.scope.map { held.intersection($0.permissions) } ?? held
  }

  /// What a token for one tenant can carry: what the methods ask for that take one.
  static let ofTenantTokens = Set(PolicyTable.all.filter(\.tenantScoped).map(\.permission))

  /// The permissions of one plane; one reads only if no method on any plane does more with it.
  private static func permissions(on plane: OptionsV1.Plane) -> [Permission] {
    let policies = PolicyTable.all.filter { !$0.permission.isEmpty }
    let writing = Set(policies.filter { $0.effect != .read }.map(\.permission))
    return Set(policies.filter { $0.plane == plane || $0.plane == .both }.map(\.permission))
      .sorted().map { Permission(name: $0, readsOnly: !writing.contains($0)) }
  }
}
