import MeshSQL

extension LedgerID {
  /// The platform's `tenant_id`: the nil UUID (RFC 9562 section 5.9), which is no tenant's.
  static let platformUUID = SQLUUID(high: 0, low: 0)

  /// Reads a tenant's id; nil for what is no UUID and for the platform's.
  init?(tenant text: String) {
    guard let uuid = SQLUUID(text), uuid != Self.platformUUID else { return nil }
    self = .tenant(uuid.description)
  }

  init(_ uuid: SQLUUID) {
    self = uuid == Self.platformUUID ? .platform : .tenant(uuid.description)
  }

  /// The ledger's `tenant_id`.
  var uuid: SQLUUID {
    get throws(SQLError) {
      switch self {
      case .platform: return Self.platformUUID
      case .tenant(let id):
        guard let uuid = SQLUUID(id) else { throw .invalid("tenant id \(id) is not a UUID") }
        return uuid
      }
    }
  }
}

extension ChainHash: SQLDecodable {
  static func decode(_ cell: SQLCell) throws(CellError) -> ChainHash {
    guard let hash = ChainHash(try [UInt8].decode(cell)) else { throw .malformed }
    return hash
  }
}

/// An entry as lists show it.
struct RecordedEntry: Sendable, Equatable {
  static let columns: SQL = "tenant_id, sequence, bytes, leaf_hash, chain_hash, recorded_at"

  let ledger: LedgerID
  let sequence: Int64
  let bytes: [UInt8]
  let leaf: ChainHash
  let chain: ChainHash
  let recordedAt: Micros

  init(_ row: Row) throws(SQLError) {
    let (tenant, sequence, bytes, leaf, chain, recordedAt) = try row.decode(
      SQLUUID.self, Int64.self, [UInt8].self, ChainHash.self, ChainHash.self, Int64.self)
    ledger = LedgerID(tenant)
    self.sequence = sequence
    self.bytes = bytes
    self.leaf = leaf
    self.chain = chain
    self.recordedAt = recordedAt
  }
}

extension LedgerEntry {
  /// What `init(_: Row)` reads, in its order.
  static let columns: SQL =
    """
    sequence, bytes, leaf_hash, chain_hash, tenant_id, event_id, type, source, actor_id,
    on_behalf_of_id, target_kind, target_id, request_id, ip, occurred_at
    """

  init(_ row: Row) throws(SQLError) {
    let (sequence, bytes, leaf, chain, tenant, event) = try row.decode(
      Int64.self, [UInt8].self, ChainHash.self, ChainHash.self, SQLUUID.self, SQLUUID.self)
    self.init(
      sequence: sequence, bytes: bytes, leaf: leaf, chain: chain,
      columns: EntryColumns(
        ledger: LedgerID(tenant), eventID: event.description, type: try row[6],
        source: try row[7], actorID: try row[8], onBehalfOfID: try row[9],
        targetKind: try row[10], targetID: try row[11],
        requestID: try row[12], ip: try row[13], occurredAt: try row[14]))
  }
}

/// Entries column by column, as `unnest` takes them: one statement, however many there are.
struct EntryArrays {
  private var tenants: [SQLUUID] = []
  private var sequences: [Int64] = []
  private var bytes: [[UInt8]] = []
  private var leaves: [[UInt8]] = []
  private var chains: [[UInt8]] = []
  private var events: [SQLUUID] = []
  private var types: [String] = []
  private var sources: [String] = []
  private var actors: [String] = []
  private var others: [String] = []
  private var targetKinds: [String] = []
  private var targets: [String] = []
  private var requests: [String] = []
  private var addresses: [String] = []
  private var times: [SQLTimestamp] = []

  init(_ entries: [LedgerEntry]) throws(SQLError) {
    for entry in entries { try append(entry) }
  }

  private mutating func append(_ entry: LedgerEntry) throws(SQLError) {
    let columns = entry.columns
    guard let event = SQLUUID(columns.eventID) else {
      throw .invalid("event id \(columns.eventID) is not a UUID")
    }
    tenants.append(try columns.ledger.uuid)
    sequences.append(entry.sequence)
    bytes.append(entry.bytes)
    leaves.append(entry.leaf.bytes)
    chains.append(entry.chain.bytes)
    events.append(event)
    types.append(columns.type)
    sources.append(columns.source)
    actors.append(columns.actorID)
    others.append(columns.onBehalfOfID)
    targetKinds.append(columns.targetKind)
    targets.append(columns.targetID)
    requests.append(columns.requestID)
    addresses.append(columns.ip)
    times.append(SQLTimestamp(microseconds: columns.occurredAt))
  }

  /// Adds the entries as recorded at `now`; the database moves the heads behind them.
  func insertion(at now: Micros) -> SQL {
    """
    INSERT INTO audit.entry (
      tenant_id, sequence, bytes, leaf_hash, chain_hash, event_id, type, source, actor_id,
      on_behalf_of_id, target_kind, target_id, request_id, ip, occurred_at, recorded_at)
    SELECT *, \(SQLTimestamp(microseconds: now)) FROM unnest(
      \(tenants), \(sequences), \(bytes), \(leaves), \(chains), \(events), \(types), \(sources),
      \(actors), \(others), \(targetKinds), \(targets), \(requests), \(addresses), \(times))
    """
  }
}
