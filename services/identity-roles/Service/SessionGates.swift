import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

/// The edges: they ask whose token they have, and watch what they must forget.
struct SessionGates: IdentityV1.SessionServiceHandler {
  let hub: WatchHub<IdentityV1.SessionChange>
  let store: SessionStore
  let rules: SessionRules
  let table: RoleTable
  /// How long an edge may remember an answer, in microseconds.
  let maxAge: Micros
  let now: @Sendable () -> Micros

  /// Has every edge forget a session; returns when none of them acts on it any more.
  func publish(_ session: SessionID) async {
    await hub.publish(IdentityV1.SessionChange(sessionID: session.rawValue))
  }

  /// Has every edge forget an account's sessions; returns when none of them acts on them any more.
  func publish(_ account: Account) async {
    await hub.publish(IdentityV1.SessionChange(accountID: account.id))
  }

  func introspect(
    _ request: IdentityV1.IntrospectRequest, _ call: ServerCall
  ) async throws -> IdentityV1.IntrospectResponse {
    var fields = FieldCheck()
    let count = request.tokenHash.count
    fields.require(count == 32, "token_hash", "token_hash is \(count) bytes; 32 are needed")
    fields.require(
      request.plane == .operator || request.plane == .tenant, "plane",
      "plane is neither PLANE_OPERATOR nor PLANE_TENANT")
    try fields.finish()
    let found =
      request.plane == .operator
      ? try await store.findOperatorSession(tokenHash: request.tokenHash)
      : try await store.findMemberSession(tokenHash: request.tokenHash)
    guard let found, let session = try await touched(found) else {
      return IdentityV1.IntrospectResponse(
        caller: IdentityV1.Caller(kind: .anonymous, plane: request.plane),
        maxAge: .init(.microseconds(maxAge)))
    }
    let time = now()
    let expiry = session.life.expiry(rules.limits(of: session.account))
    return IdentityV1.IntrospectResponse(
      caller: IdentityV1.Caller(session, permissions: table.permissions(of: session)),
      sessionExpiresAt: .init(micros: expiry),
      maxAge: .init(.microseconds(min(maxAge, max(0, expiry - time)))))
  }

  func watchSessions(
    _ requests: TypedMessages<IdentityV1.WatchSessionsRequest>,
    _ responses: ResponseWriter<IdentityV1.SessionChange>, _ call: ServerCall
  ) async throws {
    let lease = GoogleProtobuf.Duration(hub.lease)
    try await hub.serve(
      acknowledgements: requests.map { message throws -> Int64 in message.appliedPosition },
      // A watcher starts with an empty memory, so there is nothing to tell it but where it is.
      sendSnapshot: { position in
        try await responses.write(IdentityV1.SessionChange(position: position, lease: lease))
      },
      send: { position, change in
        var message = change ?? IdentityV1.SessionChange()
        message.position = position
        message.lease = lease
        try await responses.write(message)
      })
  }

  /// The session as used now; nil when it is not live.
  private func touched(_ session: HeldSession) async throws -> HeldSession? {
    let time = now()
    let limits = rules.limits(of: session.account)
    guard session.life.isLive(at: time, limits) else { return nil }
    guard session.life.isDueToBeTouched(at: time, limits) else { return session }
    try await store.touch(session, at: time)
    return session.used(at: time)
  }
}
