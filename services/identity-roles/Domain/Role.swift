/// What an operator may do on the operator plane.
enum Role: String, Sendable, Hashable, CaseIterable {
  /// Reads everything, changes nothing.
  case viewer
  /// Reads everything, triggers runs, pauses flows, rotates keys.
  case `operator`
  /// Everything but granting superuser.
  case admin
  /// Everything. The first operator is one.
  case superuser
}

/// What a member may do in its tenant.
enum MemberRole: String, Sendable, Hashable, CaseIterable {
  /// Reads what is the tenant's.
  case member
  /// Everything on the tenant plane.
  case admin
}
