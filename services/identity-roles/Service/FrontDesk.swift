import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

/// The five services of the process over one database, put together.
struct FrontDesk: Sendable {
  let identity: IdentityService
  let operators: OperatorsService
  let members: MembersService
  let tokens: TenantTokensService
  let gates: SessionGates
  let sessions: SessionStore

  init(
    _ database: Database, ledger: Ledger, rules: IdentityRules, passwords: Passwords,
    tenants: TenantDirectory, hub: WatchHub<IdentityV1.SessionChange>, maxAge: Micros,
    now: @escaping @Sendable () -> Micros
  ) {
    let store = OperatorStore(database)
    sessions = SessionStore(database)
    gates = SessionGates(
      hub: hub, store: sessions, rules: rules.sessions, table: rules.table, maxAge: maxAge,
      now: now)
    let issuer = SessionIssuer(store: sessions, rules: rules.sessions)
    identity = IdentityService(
      operators: store, credentials: CredentialStore(database), sessions: sessions,
      passwords: passwords, issuer: issuer,
      tenants: tenants, gates: gates, ledger: ledger, rules: rules, now: now)
    operators = OperatorsService(
      store: store, passwords: passwords, gates: gates, ledger: ledger, rules: rules, now: now)
    members = MembersService(
      store: MemberStore(database), passwords: passwords, tenants: tenants, ledger: ledger,
      rules: rules, now: now)
    tokens = TenantTokensService(
      store: sessions, issuer: issuer, tenants: tenants, gates: gates, ledger: ledger,
      rules: rules, now: now)
  }

  /// What the mesh may call.
  var services: [any RPCService] { [identity, operators, members, tokens, gates] }
}
