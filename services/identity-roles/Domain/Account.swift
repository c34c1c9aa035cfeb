/// Somebody who can sign in: one of us, or a tenant's own user.
enum Account: Sendable, Hashable {
  case `operator`(OperatorID)
  case member(MemberID, of: TenantID)

  /// The account's own id.
  var id: String {
    switch self {
    case .operator(let id): id.rawValue
    case .member(let id, of: _): id.rawValue
    }
  }

  /// The tenant that the account is confined to; nil for operators.
  var tenant: TenantID? {
    switch self {
    case .operator: nil
    case .member(_, of: let tenant): tenant
    }
  }
}

/// What an account may do, by the roles it holds.
enum HeldRoles: Sendable, Equatable {
  case `operator`(Set<Role>)
  case member(MemberRole)
}

/// One of us.
struct Operator: Sendable, Equatable {
  let id: OperatorID
  let email: EmailAddress
  let name: String
  var roles: Set<Role>
  let createdAt: Micros
  var lastSignInAt: Micros?
  /// Sessions that are live.
  var sessions: Int64
}

/// A tenant's own user.
struct Member: Sendable, Equatable {
  let id: MemberID
  let tenant: TenantID
  let email: EmailAddress
  let name: String
  let role: MemberRole
  let createdAt: Micros
}

/// Why an account is not made.
enum AccountRefusal: Error, Sendable, Equatable {
  /// Another account of the same kind, or of the same tenant, has the address.
  case emailTaken(EmailAddress)
}

extension AccountRefusal: CustomStringConvertible {
  /// The value and the rule, in words for the caller.
  var description: String {
    switch self {
    case .emailTaken(let email): "email \(email.rawValue) belongs to another account"
    }
  }
}
