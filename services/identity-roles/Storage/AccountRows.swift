import MeshSQL

extension OperatorID: SQLDecodable, SQLEncodable {}
extension MemberID: SQLDecodable, SQLEncodable {}
extension TenantID: SQLDecodable, SQLEncodable {}
extension SessionID: SQLDecodable, SQLEncodable {}
extension EmailAddress: SQLDecodable, SQLEncodable {}
extension Role: SQLArrayDecodable, SQLDecodable, SQLEncodable {}
extension MemberRole: SQLArrayDecodable, SQLDecodable, SQLEncodable {}

extension SQLTimestamp {
  init(_ micros: Micros) { self.init(microseconds: micros) }
}

/// Where a page of a list that runs newest first ends.
struct ListKey: Sendable, Equatable {
  let createdAt: Micros
  let id: String

  /// Names the last row of a page.
  init(createdAt: Micros, id: String) {
    self.createdAt = createdAt
    self.id = id
  }

  /// Reads the parts of a page token; nil when they are none of a key.
  init?(_ parts: [String]) {
    guard parts.count == 2, let createdAt = Micros(parts[0]), let id = SQLUUID(parts[1]) else {
      return nil
    }
    self.init(createdAt: createdAt, id: id.description)
  }

  /// What a page token keeps.
  var parts: [String] { [String(createdAt), id] }

  /// The rows behind `key` by the columns `created_at` and `id`; all of them without a key.
  static func condition(_ key: ListKey?, createdAt time: SQL, id column: SQL) -> SQL {
    guard let key else { return "TRUE" }
    return
      "(\(sql: time), \(sql: column)) < (\(SQLTimestamp(key.createdAt)), \(key.id)::uuid)"
  }
}

extension AccountRefusal {
  /// Why an account could not be inserted: its address is taken, or whatever the database says.
  static func cause(
    of error: SQLError, inserting email: EmailAddress, uniqueBy constraint: String
  ) -> any Error {
    error == .constraint(kind: .unique, name: constraint) ? emailTaken(email) : error
  }
}

extension SignInThrottle {
  /// What `init(_: Row, from:)` reads, in its order.
  static let columns: SQL = "failures, last_failure_at, paused_until"

  /// Reads the three columns that begin with `failures`, from `column`.
  init(_ row: Row, from column: Int) throws(SQLError) {
    self.init(
      failures: try row[column], lastFailureAt: try row[column + 1],
      pausedUntil: try row[column + 2])
  }
}
