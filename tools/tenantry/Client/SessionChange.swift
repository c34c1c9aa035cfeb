import MeshAPI

/// What a call does to the session that the profile remembers.
enum SessionChange: Equatable {
  case begins
  case ends

  /// The change that a successful call of the method makes; nil for none.
  init?(_ policy: MethodPolicy) {
    switch policy.method {
    case IdentityV1.IdentityServiceMethods.setup, IdentityV1.IdentityServiceMethods.signIn:
      self = .begins
    case IdentityV1.IdentityServiceMethods.signOut: self = .ends
    default: return nil
    }
  }

  /// Remembers or forgets the session, and says so.
  func apply(
    _ answer: Record, _ request: RequestDraft, _ settings: SessionSettings, _ world: World
  ) throws(Failure) {
    let server = settings.endpoint.server
    switch self {
    case .begins:
      let account = Record(request.encoded, request.type).text("email")
      try settings.remember(token: answer.text("token"), account: account)
      world.terminal.report("signed in to \(server) as \(VisibleText.harmless(account))\n")
    case .ends:
      try settings.forget()
      world.terminal.report("signed out of \(server)\n")
    }
  }

  /// The answer without the token, which only `auth token` shows.
  func withoutToken(_ answer: Record) -> Record {
    guard let token = answer.type.field(named: "token") else { return answer }
    return Record(WireEdit.removing(token.number, from: answer.encoded), answer.type)
  }
}
