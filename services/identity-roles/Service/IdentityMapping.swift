import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension Role {
  init?(_ message: IdentityV1.Role) {
    switch message {
    case .viewer: self = .viewer
    case .operator: self = .operator
    case .admin: self = .admin
    case .superuser: self = .superuser
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension IdentityV1.Role {
  init(_ role: Role) {
    switch role {
    case .viewer: self = .viewer
    case .operator: self = .operator
    case .admin: self = .admin
    case .superuser: self = .superuser
    }
  }

  /// The roles in the contract's order.
  static func list(_ roles: Set<Role>) -> [IdentityV1.Role] {
    Role.allCases.filter(roles.contains).map { IdentityV1.Role($0) }
  }
}

extension IdentityV1.MemberRole {
  init(_ role: MemberRole) {
    switch role {
    case .member: self = .member
    case .admin: self = .admin
    }
  }
}

extension IdentityV1.Operator {
  init(_ account: Operator) {
    self.init(
      operatorID: account.id.rawValue, email: account.email.rawValue, name: account.name,
      roles: IdentityV1.Role.list(account.roles), createdAt: .init(micros: account.createdAt),
      lastSignInAt: account.lastSignInAt.map { .init(micros: $0) },
      activeSessionCount: account.sessions)
  }
}

extension IdentityV1.Member {
  init(_ member: Member) {
    self.init(
      memberID: member.id.rawValue, tenantID: member.tenant.rawValue,
      email: member.email.rawValue, name: member.name, role: IdentityV1.MemberRole(member.role),
      createdAt: .init(micros: member.createdAt))
  }
}

extension IdentityV1.CallerKind {
  init(_ account: Account) {
    switch account {
    case .operator: self = .operator
    case .member: self = .member
    }
  }
}

extension IdentityV1.Caller {
  /// The caller that a live session stands for, as the edge will sign it.
  init(_ session: HeldSession, permissions: Set<String>) {
    self.init(
      kind: IdentityV1.CallerKind(session.account),
      plane: session.account.tenant == nil ? .operator : .tenant, id: session.account.id,
      name: session.email.rawValue, sessionID: session.id.rawValue,
      tenantID: session.tenant?.rawValue ?? "", permissions: permissions.sorted(),
      credential: session.scope == nil ? .session : .tenantToken)
  }
}

extension IdentityV1.WhoAmIResponse {
  init(_ session: HeldSession, permissions: Set<String>, _ limits: SessionLimits) {
    self.init(
      kind: IdentityV1.CallerKind(session.account), id: session.account.id,
      email: session.email.rawValue, name: session.name,
      tenantID: session.tenant?.rawValue ?? "", sessionID: session.id.rawValue,
      expiresAt: .init(micros: session.life.expiry(limits)), permissions: permissions.sorted())
    switch session.roles {
    case .operator(let roles): self.roles = IdentityV1.Role.list(roles)
    case .member(let role): memberRole = IdentityV1.MemberRole(role)
    }
  }
}

extension EventDraft.Target {
  init(_ account: Operator) {
    self.init("operator", id: account.id.rawValue, name: account.email.rawValue)
  }

  init(_ account: Account, _ email: EmailAddress) {
    self.init(account, email.rawValue)
  }

  init(_ account: Account, _ name: String) {
    self.init(account.tenant == nil ? "operator" : "member", id: account.id, name: name)
  }
}

extension HeldSession {
  /// The session after a call at `now`.
  func used(at now: Micros) -> HeldSession {
    HeldSession(
      id: id, account: account, email: email, name: name, roles: roles,
      life: SessionLife(
        startedAt: life.startedAt, lastSeenAt: now, endedAt: life.endedAt, fixedEnd: life.fixedEnd),
      scope: scope)
  }

  /// The one tenant that the holder is confined to; nil for none.
  var tenant: TenantID? { scope?.tenant ?? account.tenant }
}

extension Paging.Page {
  /// The key behind which the page starts; nil for the first one.
  func key() throws -> ListKey? {
    guard let after else { return nil }
    guard let key = ListKey(after) else {
      throw RPCErrors.badRequest([FieldViolation("page_token", "page_token is not one of ours")])
    }
    return key
  }
}

extension ServerCall {
  /// The caller's account and session; throws the denial where nobody is signed in.
  func session() throws -> (Account, SessionID) {
    guard SQLUUID(caller.sessionID) != nil else { throw Denial.signInFirst }
    let session = SessionID(rawValue: caller.sessionID)
    switch (caller.kind, caller.tenantID) {
    case (.operator, _): return (.operator(OperatorID(rawValue: caller.id)), session)
    case (.member, let tenant?):
      return (.member(MemberID(rawValue: caller.id), of: TenantID(rawValue: tenant)), session)
    default: throw Denial.signInFirst
    }
  }

  /// From here on the call is the account's own, and its events name it as their actor.
  func signIn(_ account: Account, email: EmailAddress, session: SessionID) {
    let caller = Caller(
      kind: account.tenant == nil ? .operator : .member, plane: caller.plane, id: account.id,
      name: email.rawValue, sessionID: session.rawValue, tenantID: account.tenant?.rawValue,
      permissions: [], ip: caller.ip, expiresAt: caller.expiresAt, credential: .session)
    setContext(caller, policy, requestID: requestID)
  }
}
