import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshSQL

/// The front desk of the operators and their roles: one line for each RPC.
struct OperatorsService: IdentityV1.OperatorServiceHandler {
  let store: OperatorStore
  let passwords: Passwords
  let gates: SessionGates
  let ledger: Ledger
  let rules: IdentityRules
  let now: @Sendable () -> Micros

  func createOperator(
    _ request: IdentityV1.CreateOperatorRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Operator { try await create(request, call) }

  func listOperators(
    _ request: IdentityV1.ListOperatorsRequest, _ call: ServerCall
  ) async throws -> IdentityV1.ListOperatorsResponse { try await list(request) }

  func grantRole(
    _ request: IdentityV1.GrantRoleRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Operator { try await grant(request, call) }

  func revokeRole(
    _ request: IdentityV1.RevokeRoleRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Operator { try await revoke(request, call) }
}

extension OperatorsService {
  private func create(
    _ request: IdentityV1.CreateOperatorRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Operator {
    var fields = FieldCheck()
    let person = fields.person(
      email: request.email, name: request.name, password: request.password,
      nameLimit: rules.nameLimit)
    try fields.finish()
    let new = try person.get()
    let hash = try await passwords.hash(request.password)
    var blank = request
    blank.password = ""
    return try await ledger.mutate(call, blank, requestID: request.requestID) {
      transaction, events in
      let account = Operator(
        id: OperatorID(rawValue: NewID.make()), email: new.email, name: new.name, roles: [],
        createdAt: now(), sessions: 0)
      try await store.insert(account, passwordHash: hash, in: transaction)
      events.append(EventDraft(target: EventDraft.Target(account)))
      return IdentityV1.Operator(account)
    }
  }

  private func list(
    _ request: IdentityV1.ListOperatorsRequest
  ) async throws -> IdentityV1.ListOperatorsResponse {
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "operators", parameters: [],
      keyParts: 2)
    let found = try await store.rows(
      after: try page.key(), limit: page.limit + 1, at: now(), rules.sessions.operators)
    let shown = found.prefix(page.limit)
    let last = shown.last.map { ListKey(createdAt: $0.createdAt, id: $0.id.rawValue).parts }
    return IdentityV1.ListOperatorsResponse(
      operators: shown.map(IdentityV1.Operator.init),
      nextPageToken: page.next(after: found.count > page.limit ? last : nil))
  }
}
