import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

/// The four services of the process over one database, put together.
struct FrontDesk: Sendable {
  let identity: IdentityService
  let operators: OperatorsService
  let members: MembersService
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
    identity = IdentityService(
      operators: store, credentials: CredentialStore(database), sessions: sessions,
      passwords: passwords, issuer: SessionIssuer(store: sessions, rules: rules.sessions),
      tenants: tenants, gates: gates, ledger: ledger, rules: rules, now: now)
    operators = OperatorsService(
      store: store, passwords: passwords, gates: gates, ledger: ledger, rules: rules, now: now)
    members = MembersService(
      store: MemberStore(database), passwords: passwords, tenants: tenants, ledger: ledger,
      rules: rules, now: now)
  }

  /// What the mesh may call.
  var services: [any RPCService] { [identity, operators, members, gates] }
}
