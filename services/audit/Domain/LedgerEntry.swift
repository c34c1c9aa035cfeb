/// Where a ledger ends.
struct LedgerHead: Sendable, Equatable {
  /// The last entry's sequence; 0 for a ledger without entries.
  let sequence: Int64
  let chain: ChainHash

  static let empty = LedgerHead(sequence: 0, chain: .genesis)
}

/// What lists can be searched by: facts of the event, kept beside its bytes.
struct EntryColumns: Sendable, Equatable {
  var ledger: LedgerID
  var eventID: String
  var type: String
  var source: String
  var actorID: String
  var onBehalfOfID: String
  var targetKind: String
  var targetID: String
  var requestID: String
  var ip: String
  var occurredAt: Micros

  /// The names of the columns in which the two differ.
  func differences(from other: EntryColumns) -> [String] {
    var names: [String] = []
    func compare<Value: Equatable>(_ name: String, _ column: KeyPath<EntryColumns, Value>) {
      if self[keyPath: column] != other[keyPath: column] { names.append(name) }
    }
    compare("tenant_id", \.ledger)
    compare("event_id", \.eventID)
    compare("type", \.type)
    compare("source", \.source)
    compare("actor_id", \.actorID)
    compare("on_behalf_of_id", \.onBehalfOfID)
    compare("target_kind", \.targetKind)
    compare("target_id", \.targetID)
    compare("request_id", \.requestID)
    compare("ip", \.ip)
    compare("occurred_at", \.occurredAt)
    return names
  }
}

/// An entry as it is stored.
struct LedgerEntry: Sendable, Equatable {
  var sequence: Int64
  /// The event's deterministic serialization, exactly as it was hashed.
  var bytes: [UInt8]
  var leaf: ChainHash
  var chain: ChainHash
  var columns: EntryColumns
}
