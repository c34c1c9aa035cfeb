import MeshAPI
import MeshKit
import MeshRPC

extension PoolRouterService {
  /// Opens a further shared pool.
  func create(
    _ request: PoolsV1.CreatePoolRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Pool {
    var fields = FieldCheck()
    let kind = Pool.Kind(request.kind)
    fields.require(kind != nil, "kind", "kind is required: POOL_KIND_ADMIN or POOL_KIND_APP")
    if let problem = regions.problem(with: request.region) {
      fields.add(FieldViolation("region", problem))
    }
    try fields.finish()
    return try await ledger.mutate(call, request, requestID: request.requestID) {
      transaction, events in
      let pool = try await pools.insert(
        kind ?? .app, in: request.region, for: nil, tenants: 0, at: now(), in: transaction)
      events.append(.opened(pool))
      return PoolsV1.Pool(pool)
    }
  }

  func get(_ request: PoolsV1.GetPoolRequest) async throws -> PoolsV1.Pool {
    var fields = FieldCheck()
    let kind = Pool.Kind(request.kind)
    fields.require(kind != nil, "kind", "kind is required: POOL_KIND_ADMIN or POOL_KIND_APP")
    fields.require(request.index >= 0, "index", "index is negative")
    try fields.finish()
    let key = PoolStore.Key(kind: kind ?? .app, index: PoolIndex(rawValue: request.index))
    guard let pool = try await pools.find(key) else {
      throw RPCErrors.notFound("\(key.kind.rawValue) pool", "\(request.index)")
    }
    return PoolsV1.Pool(pool)
  }

  /// A page of pools: admin pools first, by number.
  func list(_ request: PoolsV1.ListPoolsRequest) async throws -> PoolsV1.ListPoolsResponse {
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "pools", parameters: [],
      keyParts: 2)
    let found = try await pools.rows(after: try PoolStore.Key(page), limit: page.limit + 1)
    let shown = found.prefix(page.limit)
    let last = found.count > page.limit ? shown.last : nil
    return PoolsV1.ListPoolsResponse(
      pools: shown.map { PoolsV1.Pool($0) },
      nextPageToken: page.next(after: last.map { [$0.kind.rawValue, "\($0.index.rawValue)"] }))
  }
}

extension PoolStore.Key {
  /// Reads where a page begins; nil for the first one.
  init?(_ page: Paging.Page) throws {
    guard let parts = page.after else { return nil }
    guard parts.count == 2, let kind = Pool.Kind(rawValue: parts[0]), let index = Int32(parts[1])
    else {
      throw RPCErrors.badRequest([FieldViolation("page_token", "page_token is not one of ours")])
    }
    self.init(kind: kind, index: PoolIndex(rawValue: index))
  }
}

extension EventDraft {
  /// A pool was opened, by an operator or by a placement that needed it.
  static func opened(_ pool: Pool) -> EventDraft {
    EventDraft(
      "pool.created.v1",
      target: Target("pool", id: "\(pool.kind.rawValue)/\(pool.index.rawValue)"),
      details: [
        "region": pool.region, "dedicated_tenant_id": pool.dedicatedTo?.rawValue ?? "",
      ])
  }
}
