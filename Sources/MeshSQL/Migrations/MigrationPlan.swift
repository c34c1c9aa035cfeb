/// One forward step of a schema.
package struct Migration: Sendable, Equatable {
  /// The file's name without its ending, such as `V001_tenants`; it is unique and never changes.
  package let name: String
  /// The statements, which run in one transaction and must not end it.
  package let sql: String

  /// Takes a name and its statements.
  package init(name: String, sql: String) {
    self.name = name
    self.sql = sql
  }

  /// What tells an edited migration from the one that was applied: FNV-1a, 64 bits, in hex.
  ///
  /// It guards against accidents, not against attackers.
  package var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Why migrations were not applied.
package enum MigrationError: Error, Sendable, Equatable {
  /// An applied migration is no longer what it was; write a new one instead.
  case edited(name: String)
  /// The migration stands before one that is applied; new ones go to the end.
  case outOfOrder(name: String, after: String)
  /// The database knows a migration, amid those that we know, that we do not.
  case missing(name: String)
  /// Two migrations have the same name.
  case duplicate(name: String)
  /// The migration ended the transaction that it runs in.
  case endedTransaction(name: String)
  /// The migration's statements failed.
  case failed(name: String, SQLError)
  /// The database failed otherwise.
  case database(SQLError)
}

extension MigrationError: CustomStringConvertible {
  /// One line for the operator: which step, and what is wrong with it.
  package var description: String {
    switch self {
    case .edited(let name): "migration \(name) was edited after it was applied"
    case .outOfOrder(let name, let last): "migration \(name) comes before \(last), which is applied"
    case .missing(let name): "migration \(name) is applied but not known here"
    case .duplicate(let name): "migration \(name) appears twice"
    case .endedTransaction(let name): "migration \(name) ends its transaction"
    case .failed(let name, let error): "migration \(name) failed: \(error)"
    case .database(let error): "migrations could not run: \(error)"
    }
  }
}

/// What remains to be done to a schema, decided from what was done.
enum MigrationPlan {
  /// A row of `schema_migrations`.
  struct Applied: Equatable {
    var name: String
    var checksum: String
  }

  /// The migrations to apply, in order.
  ///
  /// A database that is ahead, with unknown migrations after all known ones, is fine: an older
  /// version of a service starts while a newer one runs.
  static func decide(
    known: [Migration], applied: [Applied]
  ) throws(MigrationError) -> [Migration] {
    var names: Set<String> = []
    for migration in known where !names.insert(migration.name).inserted {
      throw .duplicate(name: migration.name)
    }
    var position = 0
    for (index, row) in applied.enumerated() {
      guard names.contains(row.name) else {
        if applied[index...].contains(where: { names.contains($0.name) }) {
          throw .missing(name: row.name)
        }
        guard position == known.count else {
          throw .outOfOrder(name: known[position].name, after: row.name)
        }
        break
      }
      guard known[position].name == row.name else {
        throw .outOfOrder(name: known[position].name, after: row.name)
      }
      guard known[position].checksum == row.checksum else { throw .edited(name: row.name) }
      position += 1
    }
    return Array(known[position...])
  }
}
