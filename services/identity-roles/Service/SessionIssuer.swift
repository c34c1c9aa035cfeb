import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshSQL

/// Makes sessions: a token for the caller, its hash for the database, an event for the ledger.
struct SessionIssuer: Sendable {
  let store: SessionStore
  let rules: SessionRules

  /// A session that is about to start.
  struct NewSession: Sendable {
    let id: SessionID
    let token: SessionToken
  }

  /// Draws a session's id and token.
  func newSession() -> NewSession {
    NewSession(
      id: SessionID(rawValue: NewID.make()),
      token: SessionToken(
        random: SecureRandom.bytes(SessionToken.randomByteCount),
        checksum: { CRC32.checksum(of: $0) }))
  }

  /// Starts the session and answers what its holder is told.
  func start(
    _ session: NewSession, of account: Account, _ target: EventDraft.Target, _ call: ServerCall,
    at now: Micros, in transaction: Transaction, _ events: inout [EventDraft]
  ) async throws -> IdentityV1.SignInResponse {
    try await store.insert(
      session.id, of: account, tokenHash: SHA256.digest(of: session.token.text),
      ip: call.caller.ip, at: now, in: transaction)
    events.append(
      EventDraft(
        "session.started.v1", tenantID: account.tenant?.rawValue, target: target,
        details: ["session_id": session.id.rawValue]))
    return IdentityV1.SignInResponse(
      token: session.token.text, sessionID: session.id.rawValue,
      expiresAt: .init(micros: now + rules.limits(of: account).absolute), accountID: account.id)
  }
}
