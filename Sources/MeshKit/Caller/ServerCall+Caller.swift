package import MeshAPI
package import MeshRPC

/// What the caller interceptor found out about a call.
private final class CallContext: Sendable {
  let caller: Caller
  let policy: MethodPolicy
  let requestID: String

  init(_ caller: Caller, _ policy: MethodPolicy, requestID: String) {
    self.caller = caller
    self.policy = policy
    self.requestID = requestID
  }
}

extension ServerCall {
  /// Notes who calls, by which policy, under which id; the interceptor does, and tests may.
  package func setContext(_ caller: Caller, _ policy: MethodPolicy, requestID: String) {
    context = CallContext(caller, policy, requestID: requestID)
  }

  /// Who calls and the call's id, if the call got as far as that.
  package var knownCaller: (caller: Caller, requestID: String)? {
    (context as? CallContext).map { ($0.caller, $0.requestID) }
  }

  private var callContext: CallContext {
    guard let context = context as? CallContext else {
      preconditionFailure("the caller interceptor runs before every handler")
    }
    return context
  }

  /// Who calls.
  package var caller: Caller { callContext.caller }

  /// The method's policy.
  package var policy: MethodPolicy { callContext.policy }

  /// The id that the caller is answered with and the ledger keeps.
  package var requestID: String { callContext.requestID }

  /// The tenant that the call is about: a member's own, an operator's choice.
  ///
  /// A member who asks for another tenant is told what a missing one is told.
  package func tenantScope(_ requested: String) throws -> String {
    guard let own = caller.tenantID else { return requested }
    guard requested.isEmpty || requested == own else {
      throw RPCErrors.notFound("tenant", requested)
    }
    return own
  }

  /// Options for a call that this call makes on another service: the same caller, the same request
  /// id, and what is left of the deadline, `limit` at most.
  package func onward(limit: Duration) -> CallOptions {
    var metadata = Metadata()
    metadata.add(requestID, for: CallerHeaders.requestID, neverIndexed: true)
    _ = self.metadata.withFirst(CallerHeaders.caller) {
      metadata.add($0, for: CallerHeaders.caller)
    }
    return CallOptions(metadata: metadata, deadline: .earlier(deadline, .after(limit)))
  }
}
