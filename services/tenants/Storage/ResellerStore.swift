import MeshSQL

/// The resellers in PostgreSQL.
struct ResellerStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Adds a new reseller.
  func insert(_ reseller: Reseller, in transaction: Transaction) async throws(SQLError) {
    try await transaction.execute(
      """
      INSERT INTO tenant.reseller (reseller_id, name, created_at)
      VALUES (\(reseller.id), \(reseller.name), \(SQLTimestamp(microseconds: reseller.createdAt)))
      """)
  }

  /// The reseller, if there is one.
  func find(_ id: ResellerID) async throws(SQLError) -> Reseller? {
    let rows = try await database.read(
      "SELECT reseller_id, name, created_at FROM tenant.reseller WHERE reseller_id = \(id)")
    guard let row = try rows.oneOrNone() else { return nil }
    return try Reseller(row)
  }

  /// The resellers, newest first, from behind `key`.
  func rows(after key: ListKey?, limit: Int) async throws(SQLError) -> [Reseller] {
    let rows = try await database.read(
      """
      SELECT reseller_id, name, created_at FROM tenant.reseller
      WHERE \(sql: ListKey.condition(key, id: "reseller_id"))
      ORDER BY created_at DESC, reseller_id DESC LIMIT \(limit)
      """)
    var resellers: [Reseller] = []
    for row in rows { resellers.append(try Reseller(row)) }
    return resellers
  }
}

extension Reseller {
  fileprivate init(_ row: Row) throws(SQLError) {
    let (id, name, createdAt) = try row.decode(ResellerID.self, String.self, Int64.self)
    self.init(id: id, name: name, createdAt: createdAt)
  }
}
