import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshSQL

extension IdentityService {
  /// Makes the first operator, a superuser, and signs in.
  func setUp(
    _ request: IdentityV1.SetupRequest, _ call: ServerCall
  ) async throws -> IdentityV1.SignInResponse {
    // Asked first: once setup is over, nobody may make us hash passwords through it.
    guard try await !operators.isSetUp() else { throw SetupRefusal.isOver }
    var fields = FieldCheck()
    let person = fields.person(
      email: request.email, name: request.name, password: request.password,
      nameLimit: rules.nameLimit)
    try fields.finish()
    let new = try person.get()
    try rules.setup.check(new.email, operatorsExist: false)
    let hash = try await passwords.hash(request.password)

    let time = now()
    let first = Operator(
      id: OperatorID(rawValue: NewID.make()), email: new.email, name: new.name, roles: [.superuser],
      createdAt: time, sessions: 1)
    let session = issuer.newSession()
    call.signIn(.operator(first.id), email: first.email, session: session.id)
    var blank = request
    blank.password = ""
    return try await ledger.mutate(call, blank, requestID: "") { transaction, events in
      // Of two who got this far at once, the second one finds the place taken.
      guard try await operators.claimSetup(for: first.id, at: time, in: transaction) else {
        throw SetupRefusal.isOver
      }
      try await operators.insert(first, passwordHash: hash, in: transaction)
      try await operators.grant(
        .superuser, to: first.id, by: nil, reason: "setup", at: time, in: transaction)
      let target = EventDraft.Target(first)
      events.append(EventDraft("operator.created.v1", target: target))
      events.append(
        EventDraft(
          "role.granted.v1", target: target, reason: "setup",
          details: ["role": Role.superuser.rawValue]))
      return try await issuer.start(
        session, of: .operator(first.id), target, call, at: time, in: transaction, &events)
    }
  }
}
