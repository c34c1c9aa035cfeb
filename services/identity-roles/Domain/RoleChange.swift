/// A role given to an operator or taken back.
enum RoleChange: Sendable, Equatable {
  case grant(Role)
  case revoke(Role)

  /// The role that is given or taken.
  var role: Role {
    switch self {
    case .grant(let role), .revoke(let role): role
    }
  }

  /// The roles of an operator after the change, or why there is no change.
  ///
  /// `held` are the operator's roles, `actor` those of whoever asks, `superusers` counts the
  /// operators that are superuser; all as of now.
  func applied(
    to held: Set<Role>, by actor: Set<Role>, superusers: Int
  ) throws(RoleRefusal) -> Set<Role> {
    guard role != .superuser || actor.contains(.superuser) else { throw .superuserOnly }
    switch self {
    case .grant(let role):
      guard !held.contains(role) else { throw .alreadyHeld(role) }
      return held.union([role])
    case .revoke(let role):
      guard held.contains(role) else { throw .notHeld(role) }
      guard role != .superuser || superusers > 1 else { throw .lastSuperuser }
      return held.subtracting([role])
    }
  }
}

/// Why a role is not given or taken.
enum RoleRefusal: Error, Sendable, Equatable {
  /// The role superuser is a matter among superusers.
  case superuserOnly
  /// Without a superuser nobody could ever make one again.
  case lastSuperuser
  case alreadyHeld(Role)
  case notHeld(Role)
}

extension RoleRefusal: CustomStringConvertible {
  /// The rule, in words for the caller.
  var description: String {
    switch self {
    case .superuserOnly: "only a superuser grants or revokes superuser"
    case .lastSuperuser: "the last superuser cannot be revoked; grant superuser to another first"
    case .alreadyHeld(let role): "the operator has the role \(role.rawValue) already"
    case .notHeld(let role): "the operator does not have the role \(role.rawValue)"
    }
  }
}
