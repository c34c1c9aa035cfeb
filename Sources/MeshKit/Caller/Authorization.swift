package import MeshAPI

/// Decides by the policy table whether a caller may call a method: the same rule at the edge and in
/// every service.
package enum Authorization {
  /// The rule's answer.
  package enum Decision: Sendable, Equatable {
    /// The call may go on.
    case allow
    /// Nobody is signed in, and the method wants somebody.
    case signInFirst
    /// The caller may not.
    case deny
  }

  /// Whether `caller` may call the method with this policy.
  package static func decide(_ policy: MethodPolicy, _ caller: Caller) -> Decision {
    let refusal: Decision = caller.kind == .anonymous ? .signInFirst : .deny
    guard serves(policy.plane, caller.plane) else { return refusal }
    switch policy.access {
    case .public: return .allow
    case .signedIn: return caller.kind == .anonymous ? .signInFirst : .allow
    case .permission:
      guard !policy.permission.isEmpty, caller.permissions.contains(policy.permission) else {
        return refusal
      }
      // An operator's credential for one tenant opens only what names that tenant.
      guard policy.tenantScoped || caller.kind != .operator || caller.tenantID == nil else {
        return refusal
      }
    default: return refusal
    }
    // The contents of a tenant are closed to operators; impersonation opens them.
    return policy.scope == .tenantData && caller.kind != .member ? .deny : .allow
  }

  /// True when `caller` holds every permission there is on its plane, so that an unknown method may
  /// be called unknown.
  package static func holdsAll(_ caller: Caller) -> Bool {
    caller.kind != .anonymous
      && PolicyTable.all.allSatisfy { policy in
        !serves(policy.plane, caller.plane) || policy.permission.isEmpty
          || caller.permissions.contains(policy.permission)
      }
  }

  /// Whether a method that is offered on one plane, or on both, can be called on the plane `asked`.
  package static func serves(_ offered: OptionsV1.Plane, _ asked: OptionsV1.Plane) -> Bool {
    switch offered {
    case .both: asked == .operator || asked == .tenant
    case .operator, .tenant, .service: offered == asked
    default: false
    }
  }
}
