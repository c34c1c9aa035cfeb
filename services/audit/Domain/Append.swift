/// An event that wants to be in a ledger.
struct Candidate: Sendable, Equatable {
  /// The event's deterministic serialization.
  let bytes: [UInt8]
  let columns: EntryColumns

  var eventID: String { columns.eventID }
}

/// Where an event stands.
struct EntryPlace: Sendable, Equatable {
  let sequence: Int64
  let leaf: ChainHash
  let chain: ChainHash
}

/// Decides what a batch of events adds to the ledgers it touches.
struct AppendPlan<Hashing: ChainHashing>: Sendable {
  /// What became of one event of the batch.
  struct Outcome: Sendable, Equatable {
    let eventID: String
    let place: EntryPlace
    /// It was in the ledger already, or earlier in the batch.
    let isDuplicate: Bool
  }

  /// What to store, in order of sequence within each ledger.
  private(set) var entries: [LedgerEntry] = []
  /// One for each event, in the batch's order.
  private(set) var outcomes: [Outcome] = []
  /// The heads of all the ledgers that were touched.
  private(set) var heads: [LedgerID: LedgerHead]

  private var places: [String: EntryPlace]
  private var rules: [LedgerID: ChainRule<Hashing>] = [:]

  /// Plans `batch` onto `heads`, of which a missing one is an empty ledger's.
  ///
  /// `recorded` are the places of those events of the batch that are in a ledger already.
  init(
    _ batch: [Candidate], onto heads: [LedgerID: LedgerHead], recorded: [String: EntryPlace]
  ) throws(AppendRefusal) {
    self.heads = heads
    places = recorded
    for candidate in batch { try add(candidate) }
  }

  private mutating func add(_ candidate: Candidate) throws(AppendRefusal) {
    let ledger = candidate.columns.ledger
    let rule = rules[ledger] ?? ChainRule(ledger)
    rules[ledger] = rule
    let leaf = rule.leaf(of: candidate.bytes)
    if let place = places[candidate.eventID] {
      // The same id must mean the same event, else one of two acts would vanish.
      guard place.leaf == leaf else { throw .eventIDReused(candidate.eventID) }
      return outcomes.append(
        Outcome(eventID: candidate.eventID, place: place, isDuplicate: true))
    }
    let head = heads[ledger] ?? .empty
    let sequence = head.sequence + 1
    let chain = rule.link(sequence, after: head.chain, leaf: leaf)
    let place = EntryPlace(sequence: sequence, leaf: leaf, chain: chain)
    heads[ledger] = LedgerHead(sequence: sequence, chain: chain)
    places[candidate.eventID] = place
    entries.append(
      LedgerEntry(
        sequence: sequence, bytes: candidate.bytes, leaf: leaf, chain: chain,
        columns: candidate.columns))
    outcomes.append(Outcome(eventID: candidate.eventID, place: place, isDuplicate: false))
  }
}

/// Why a batch is not recorded.
enum AppendRefusal: Error, Sendable, Equatable {
  /// Another event has the id.
  case eventIDReused(String)
}

extension AppendRefusal: CustomStringConvertible {
  /// The rule, in words for the caller.
  var description: String {
    switch self {
    case .eventIDReused(let id): "event_id \(id) belongs to another event"
    }
  }
}
