import MeshAPI
import MeshKit
import MeshRPC

/// The front desk of the resellers.
struct ResellersService: TenantsV1.ResellerServiceHandler {
  let store: ResellerStore
  let ledger: Ledger
  let limits: TenantLimits
  let now: @Sendable () -> Micros

  func createReseller(
    _ request: TenantsV1.CreateResellerRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Reseller {
    var fields = FieldCheck()
    let name = fields.text(request.name, "name", 1...limits.name)
    try fields.finish()
    let reseller = Reseller(id: ResellerID(rawValue: NewID.make()), name: name, createdAt: now())
    return try await ledger.mutate(call, request, requestID: request.requestID) {
      transaction, events in
      try await store.insert(reseller, in: transaction)
      events.append(
        EventDraft(target: .init("reseller", id: reseller.id.rawValue, name: reseller.name)))
      return TenantsV1.Reseller(reseller)
    }
  }

  func getReseller(
    _ request: TenantsV1.GetResellerRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Reseller {
    var fields = FieldCheck()
    let id = ResellerID(rawValue: fields.uuid(request.resellerID, "reseller_id"))
    try fields.finish()
    guard let reseller = try await store.find(id) else {
      throw RPCErrors.notFound("reseller", id.rawValue)
    }
    return TenantsV1.Reseller(reseller)
  }

  func listResellers(
    _ request: TenantsV1.ListResellersRequest, _ call: ServerCall
  ) async throws -> TenantsV1.ListResellersResponse {
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "resellers", parameters: [],
      keyParts: 2)
    let resellers = try await store.rows(after: try ListKey(page), limit: page.limit + 1)
    let shown = resellers.prefix(page.limit)
    let last = resellers.count > page.limit ? shown.last : nil
    return TenantsV1.ListResellersResponse(
      resellers: shown.map { TenantsV1.Reseller($0) },
      nextPageToken: page.next(
        after: last.map { ListKey(createdAt: $0.createdAt, id: $0.id.rawValue).parts }))
  }
}
