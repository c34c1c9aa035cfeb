import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension IdentityService {
  /// Answers a session for an e-mail and a password.
  ///
  /// An unknown account costs the same hash as a known one, and every failure is answered alike.
  /// Only whoever knows the password is told that the tenant is suspended.
  func admit(
    _ request: IdentityV1.SignInRequest, _ call: ServerCall
  ) async throws -> IdentityV1.SignInResponse {
    var fields = FieldCheck()
    let email = fields.email(request.email)
    let place = fields.place(request.tenantID, on: call.caller.plane)
    fields.require(!request.password.isEmpty, "password", "password is required")
    try fields.finish()
    let attempt = try await attempt(
      try email.get(), password: request.password, at: place, call)

    var failure: SignInFailure?
    let response = try await ledger.mutate(call, IdentityV1.SignInRequest(), requestID: "") {
      try await conclude(attempt, call, in: $0, &$1, &failure)
    }
    guard let failure else { return response }
    if failure == .tenantBlocked, let block = attempt.block { throw block }
    throw failure
  }

  /// Looks the account up, checks the password off the loop, then the tenant.
  private func attempt(
    _ email: EmailAddress, password: String, at place: SignInPlace, _ call: ServerCall
  ) async throws -> PasswordAttempt {
    let credential = try await credentials.find(email, at: place)
    let isRight = try await passwords.isRight(password, for: credential?.passwordHash)
    var attempt = PasswordAttempt(
      email: email, place: place, credential: credential, isPasswordRight: isRight)
    guard isRight, let credential, !credential.throttle.isPaused(at: now()) else { return attempt }
    if let tenant = credential.account.tenant {
      attempt.block = try await tenants.block(of: tenant, call)
    }
    if passwords.isOutdated(credential.passwordHash) {
      attempt.newHash = try await passwords.hash(password)
    }
    return attempt
  }

  /// Starts the session; or notes why there is none, which is no error here: it is to be committed.
  private func conclude(
    _ attempt: PasswordAttempt, _ call: ServerCall, in transaction: Transaction,
    _ events: inout [EventDraft], _ failure: inout SignInFailure?
  ) async throws -> IdentityV1.SignInResponse {
    let time = now()
    do {
      let account = try await confirm(attempt, at: time, in: transaction)
      return try await start(attempt, of: account, call, at: time, in: transaction, &events)
    } catch let reason as SignInFailure {
      failure = reason
      try await note(reason, of: attempt, at: time, in: transaction, &events)
      return IdentityV1.SignInResponse()
    }
  }

  /// Decides by what holds now: failures meanwhile count, and so does a changed password.
  private func confirm(
    _ attempt: PasswordAttempt, at time: Micros, in transaction: Transaction
  ) async throws -> Account {
    var held: Credential?
    if let credential = attempt.credential {
      held = try await credentials.findForChange(credential, in: transaction)
    }
    let isCurrent = held?.passwordHash == attempt.credential?.passwordHash
    try SignInAttempt(
      isKnown: held != nil, isPasswordRight: attempt.isPasswordRight && isCurrent,
      throttle: held?.throttle ?? .clear
    ).decide(at: time)
    guard let held else { throw SignInFailure.unknownAccount }
    guard attempt.block == nil else { throw SignInFailure.tenantBlocked }
    return held.account
  }

  private func start(
    _ attempt: PasswordAttempt, of account: Account, _ call: ServerCall, at time: Micros,
    in transaction: Transaction, _ events: inout [EventDraft]
  ) async throws -> IdentityV1.SignInResponse {
    try await credentials.updateSignedIn(
      account, at: time, passwordHash: attempt.newHash, in: transaction)
    let session = issuer.newSession()
    call.signIn(account, email: attempt.email, session: session.id)
    return try await issuer.start(
      session, of: account, EventDraft.Target(account, attempt.email), call, at: time,
      in: transaction, &events)
  }

  /// Counts a failure and tells the ledger: the tenant's where the account is known, else the
  /// platform's, so that nobody outside can start ledgers.
  private func note(
    _ failure: SignInFailure, of attempt: PasswordAttempt, at time: Micros,
    in transaction: Transaction, _ events: inout [EventDraft]
  ) async throws {
    var target = EventDraft.Target("account", id: "", name: attempt.email.rawValue)
    if let credential = attempt.credential {
      target = EventDraft.Target(credential.account, attempt.email)
      if failure == .wrongPassword,
        let held = try await credentials.findForChange(credential, in: transaction)
      {
        try await credentials.update(
          held.throttle.afterFailure(at: time, rules.throttle), of: held.account, in: transaction)
      }
    }
    var event = EventDraft(
      "session.refused.v1", tenantID: attempt.credential?.account.tenant?.rawValue, target: target,
      details: ["reason_class": failure.rawValue])
    if case .members(of: let tenant) = attempt.place, attempt.credential == nil {
      event.details = ["reason_class": failure.rawValue, "tenant_id": tenant.rawValue]
    }
    events.append(event)
  }
}

/// A sign-in between the password's check and its transaction.
private struct PasswordAttempt {
  let email: EmailAddress
  let place: SignInPlace
  /// What was found before the check; nil for an unknown account.
  let credential: Credential?
  let isPasswordRight: Bool
  /// Why the tenant's members are kept out.
  var block: TenantBlock?
  /// Replaces a hash that was made with other parameters than today's.
  var newHash: String?
}
