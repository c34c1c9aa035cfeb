/// Whether somebody may become the first operator.
struct SetupRule: Sendable, Equatable {
  /// The only address that may; nil lets any.
  let reservedFor: EmailAddress?

  /// Lets `email` through, or says why not.
  func check(_ email: EmailAddress, operatorsExist: Bool) throws(SetupRefusal) {
    guard !operatorsExist else { throw .isOver }
    guard reservedFor == nil || reservedFor == email else { throw .reserved }
  }
}

/// Why setup does not happen.
enum SetupRefusal: Error, Sendable, Equatable {
  /// There is an operator, or there was one.
  case isOver
  /// The setting `setup-email` names somebody else.
  case reserved
}

extension SetupRefusal: CustomStringConvertible {
  /// The rule, in words for the caller.
  var description: String {
    switch self {
    case .isOver: "setup is over: an operator exists; sign in, or ask an admin for an account"
    case .reserved: "setup is reserved for the e-mail address that is configured"
    }
  }
}
