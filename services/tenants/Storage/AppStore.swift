import MeshSQL

/// The apps in PostgreSQL.
struct AppStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Adds a new app.
  func insert(_ app: App, in transaction: Transaction) async throws(SQLError) {
    try await transaction.execute(
      """
      INSERT INTO tenant.app (app_id, name, created_at)
      VALUES (\(app.id), \(app.name), \(SQLTimestamp(microseconds: app.createdAt)))
      """)
  }

  /// The app, if there is one.
  func find(_ id: AppID) async throws(SQLError) -> App? {
    let rows = try await database.read(
      "SELECT app_id, name, created_at FROM tenant.app WHERE app_id = \(id)")
    guard let row = try rows.oneOrNone() else { return nil }
    return try App(row)
  }

  /// The apps, newest first, from behind `key`.
  func rows(after key: ListKey?, limit: Int) async throws(SQLError) -> [App] {
    let rows = try await database.read(
      """
      SELECT app_id, name, created_at FROM tenant.app
      WHERE \(sql: ListKey.condition(key, id: "app_id"))
      ORDER BY created_at DESC, app_id DESC LIMIT \(limit)
      """)
    var apps: [App] = []
    for row in rows { apps.append(try App(row)) }
    return apps
  }
}

extension App {
  fileprivate init(_ row: Row) throws(SQLError) {
    let (id, name, createdAt) = try row.decode(AppID.self, String.self, Int64.self)
    self.init(id: id, name: name, createdAt: createdAt)
  }
}
