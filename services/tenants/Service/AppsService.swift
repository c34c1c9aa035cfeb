import MeshAPI
import MeshKit
import MeshRPC

/// The front desk of the apps.
struct AppsService: TenantsV1.AppServiceHandler {
  let store: AppStore
  let ledger: Ledger
  let limits: TenantLimits
  let now: @Sendable () -> Micros

  func createApp(
    _ request: TenantsV1.CreateAppRequest, _ call: ServerCall
  ) async throws -> TenantsV1.App {
    var fields = FieldCheck()
    let name = fields.text(request.name, "name", 1...limits.name)
    try fields.finish()
    let app = App(id: AppID(rawValue: NewID.make()), name: name, createdAt: now())
    return try await ledger.mutate(call, request, requestID: request.requestID) {
      transaction, events in
      try await store.insert(app, in: transaction)
      events.append(EventDraft(target: .init("app", id: app.id.rawValue, name: app.name)))
      return TenantsV1.App(app)
    }
  }

  func getApp(
    _ request: TenantsV1.GetAppRequest, _ call: ServerCall
  ) async throws -> TenantsV1.App {
    var fields = FieldCheck()
    let id = AppID(rawValue: fields.uuid(request.appID, "app_id"))
    try fields.finish()
    guard let app = try await store.find(id) else {
      throw RPCErrors.notFound("app", id.rawValue)
    }
    return TenantsV1.App(app)
  }

  func listApps(
    _ request: TenantsV1.ListAppsRequest, _ call: ServerCall
  ) async throws -> TenantsV1.ListAppsResponse {
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "apps", parameters: [], keyParts: 2)
    let apps = try await store.rows(after: try ListKey(page), limit: page.limit + 1)
    let shown = apps.prefix(page.limit)
    let last = apps.count > page.limit ? shown.last : nil
    return TenantsV1.ListAppsResponse(
      apps: shown.map { TenantsV1.App($0) },
      nextPageToken: page.next(
        after: last.map { ListKey(createdAt: $0.createdAt, id: $0.id.rawValue).parts }))
  }
}
