import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension IdentityService {
  /// Ends the caller's session; ending an ended one changes nothing.
  func end(
    _ request: IdentityV1.SignOutRequest, _ call: ServerCall
  ) async throws -> IdentityV1.SignOutResponse {
    let (account, session) = try call.session()
    let response = try await ledger.mutate(call, request, requestID: "") { transaction, events in
      if try await sessions.end(session, of: account, at: now(), in: transaction) {
        events.append(
          EventDraft(
            tenantID: call.caller.tenantID,
            target: EventDraft.Target(account, call.caller.name),
            details: ["session_id": session.rawValue]))
      }
      return IdentityV1.SignOutResponse()
    }
    await gates.publish(session)
    return response
  }

  /// Who the caller is, by what is stored now.
  func describe(_ call: ServerCall) async throws -> IdentityV1.WhoAmIResponse {
    let (account, id) = try call.session()
    let limits = rules.sessions.limits(of: account)
    guard let session = try await sessions.find(id, of: account),
      session.life.isLive(at: now(), limits)
    else { throw Denial.signInFirst }
    return IdentityV1.WhoAmIResponse(
      session, permissions: rules.table.permissions(of: session), limits)
  }
}
