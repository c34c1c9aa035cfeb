/// Microseconds since 1970-01-01T00:00:00Z.
typealias Micros = Int64

/// Names a ledger: a tenant's, or the platform's.
enum LedgerID: Sendable, Hashable {
  case platform
  /// The tenant's UUID in its canonical text form.
  case tenant(String)

  /// What is hashed for the ledger: the tenant's id as in the event, empty for the platform.
  var hashed: String {
    switch self {
    case .platform: ""
    case .tenant(let id): id
    }
  }
}

extension LedgerID: CustomStringConvertible {
  /// As requests name it.
  var description: String {
    switch self {
    case .platform: "platform"
    case .tenant(let id): id
    }
  }
}
