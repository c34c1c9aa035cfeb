import MeshKit
import MeshRPC

extension SetupRefusal: RPCErrorConvertible {
  /// `FAILED_PRECONDITION` or `PERMISSION_DENIED`, with the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .isOver:
      RPCErrors.refusal(.failedPrecondition, reason: "SETUP_OVER", description)
    case .reserved:
      RPCErrors.refusal(.permissionDenied, reason: "SETUP_RESERVED", description)
    }
  }
}

extension SignInFailure: RPCErrorConvertible {
  /// The same for every reason: whoever fails learns nothing about the account.
  var rpcError: RPCError {
    RPCErrors.refusal(
      .unauthenticated, reason: "SIGN_IN_FAILED",
      "e-mail or password is wrong, or sign-in is paused after too many failures")
  }
}

extension TenantBlock: RPCErrorConvertible {
  /// `PERMISSION_DENIED` with the reason for programs and the link for people.
  var rpcError: RPCError {
    switch cause {
    case .suspended: refusal("TENANT_SUSPENDED", "this workspace is suspended")
    case .offboarding: refusal("TENANT_OFFBOARDING", "this workspace is being closed")
    case .offboarded: refusal("TENANT_OFFBOARDED", "this workspace is closed")
    }
  }

  private func refusal(_ reason: String, _ text: String) -> RPCError {
    RPCErrors.refusal(
      .permissionDenied, reason: reason, "\(text); contact support: \(supportURL)",
      metadata: ["support": supportURL])
  }
}

extension RoleRefusal: RPCErrorConvertible {
  /// The status by the rule, with the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .superuserOnly:
      RPCErrors.refusal(.permissionDenied, reason: "SUPERUSER_ONLY", description)
    case .lastSuperuser:
      RPCErrors.refusal(.failedPrecondition, reason: "LAST_SUPERUSER", description)
    case .alreadyHeld(let role):
      RPCErrors.refusal(
        .alreadyExists, reason: "ROLE_HELD", description, metadata: ["role": role.rawValue])
    case .notHeld(let role):
      RPCErrors.refusal(
        .failedPrecondition, reason: "ROLE_NOT_HELD", description,
        metadata: ["role": role.rawValue])
    }
  }
}

extension AccountRefusal: RPCErrorConvertible {
  /// `ALREADY_EXISTS` with the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .emailTaken(let email):
      RPCErrors.refusal(
        .alreadyExists, reason: "EMAIL_TAKEN", description, metadata: ["email": email.rawValue])
    }
  }
}
