import MeshAPI
import MeshKit
import MeshRPC

/// Decides about every call at the door: who it is, whether the policy lets them, and with which
/// headers it goes on.
struct Gate: Sendable {
  /// A call that may go on.
  struct Admission: Sendable {
    /// The method's policy.
    let policy: MethodPolicy
    /// Who calls.
    let caller: Caller
    /// What the caller is answered with and the ledger keeps.
    let requestID: String
    /// The headers for the service.
    let metadata: Metadata
  }

  private let sessions: Sessions
  private let tenants: TenantStates
  private let rates: RateLimiter
  private let contact: String

  /// Refusals end with `contact`, the configured line on whom to ask; empty for none.
  init(sessions: Sessions, tenants: TenantStates, rates: RateLimiter, contact: String) {
    self.sessions = sessions
    self.tenants = tenants
    self.rates = rates
    self.contact = contact
  }

  /// Admits a call on `plane`, or throws its refusal; `known` is the policy of the method at
  /// `path`.
  ///
  /// Whoever may not is told the same for a known and an unknown method. Only a caller who may call
  /// everything on the plane learns that a method does not exist there; one of another plane or
  /// between services does not.
  func admit(
    _ known: MethodPolicy?, path: String, metadata: Metadata, plane: OptionsV1.Plane, ip: String
  ) async throws -> Admission {
    let session = try await sessions.session(
      token: BearerToken(metadata), plane: plane, ip: ip,
      beforeAsking: { () throws(RPCError) in try rates.check(ip: ip) })
    let caller = session.caller
    try rates.count(caller, ip: ip)
    guard let policy = known, Authorization.serves(policy.plane, plane) else {
      guard Authorization.holdsAll(caller) else { throw refusal(caller) }
      throw RPCError(.unimplemented, "unknown method \(path)")
    }
    guard Authorization.decide(policy, caller) == .allow else { throw refusal(caller) }
    try rates.count(caller, ip: ip, method: path)
    // An operator's credential for one tenant must work on a locked one: it is there to unlock it.
    if caller.kind == .member, let tenantID = caller.tenantID { try await tenants.check(tenantID) }
    let requestID = NewID.make()
    return Admission(
      policy: policy, caller: caller, requestID: requestID,
      metadata: Self.onward(metadata, session, requestID))
  }

  private func refusal(_ caller: Caller) -> RPCError {
    let text = contact.isEmpty ? Denial.text : "\(Denial.text). \(contact)"
    return RPCError(caller.kind == .anonymous ? .unauthenticated : .permissionDenied, text)
  }

  /// The caller's headers without its credential and without anything that only we may say.
  private static func onward(
    _ metadata: Metadata, _ session: Sessions.Session, _ requestID: String
  ) -> Metadata {
    var onward = metadata.filtered(room: session.header.count + 128) {
      !$0.hasPrefix(CallerHeaders.prefix) && $0 != "authorization" && $0 != "cookie"
    }
    session.header.withUnsafeBytes { onward.add($0, for: CallerHeaders.caller) }
    onward.add(requestID, for: CallerHeaders.requestID, neverIndexed: true)
    return onward
  }
}
