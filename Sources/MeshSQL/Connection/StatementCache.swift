/// A statement that one connection has prepared, or is about to.
///
/// Confined to the connection's loop.
final class PreparedStatement {
  let name: String
  let text: String
  let parameterTypes: [UInt32]
  /// The columns of its results, known after the first one.
  var shape: RowShape?
  fileprivate var lastUse: UInt64 = 0

  init(name: String, text: String, parameterTypes: [UInt32]) {
    self.name = name
    self.text = text
    self.parameterTypes = parameterTypes
  }
}

/// Which statements one connection has prepared: least recently used ones make room.
struct StatementCache {
  /// What to do before the statement can run.
  struct Lookup {
    var statement: PreparedStatement
    /// Whether the server does not know it yet.
    var mustPrepare: Bool
    /// A statement to deallocate on the server.
    var evicted: PreparedStatement?
  }

  private let limit: Int
  private var statements: [String: PreparedStatement] = [:]
  /// The one found last, often the one that is wanted next: its text need not be hashed then.
  private var latest: PreparedStatement?
  private var clock: UInt64 = 0

  /// Holds at most `limit` statements, at least 1.
  init(limit: Int) {
    self.limit = max(1, limit)
  }

  var count: Int { statements.count }

  mutating func find(_ sql: SQL) -> Lookup {
    clock += 1
    let known = latest?.text == sql.text ? latest : statements[sql.text]
    if let known, matches(known, sql) {
      known.lastUse = clock
      latest = known
      return Lookup(statement: known, mustPrepare: false)
    }
    // The same text with other parameter types replaces what was there.
    var evicted = known
    if evicted == nil, statements.count >= limit {
      evicted = statements.values.min { $0.lastUse < $1.lastUse }
    }
    if let evicted { statements[evicted.text] = nil }
    let statement = PreparedStatement(
      name: "s\(clock)", text: sql.text, parameterTypes: sql.parameters.map(\.type.oid))
    statement.lastUse = clock
    statements[sql.text] = statement
    latest = statement
    return Lookup(statement: statement, mustPrepare: true, evicted: evicted)
  }

  /// Drops a statement that the server does not have, or has with an outdated plan.
  mutating func forget(_ statement: PreparedStatement) {
    guard statements[statement.text] === statement else { return }
    statements[statement.text] = nil
    if latest === statement { latest = nil }
  }

  private func matches(_ statement: PreparedStatement, _ sql: SQL) -> Bool {
    guard statement.parameterTypes.count == sql.parameters.count else { return false }
    for index in sql.parameters.indices
    where statement.parameterTypes[index] != sql.parameters[index].type.oid {
      return false
    }
    return true
  }
}
