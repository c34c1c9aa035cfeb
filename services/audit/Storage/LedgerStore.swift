import MeshCrypto
import MeshSQL

/// The ledgers in PostgreSQL.
struct LedgerStore: Sendable {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Records a batch in one transaction, each event once, and says where each stands.
  ///
  /// The heads of all ledgers that the batch touches are locked in one order, so batches that
  /// share a ledger follow one another and others do not wait.
  ///
  /// - Throws: `AppendRefusal`, then nothing of the batch is recorded; or `SQLError`.
  func append(
    _ batch: [Candidate], at now: Micros
  ) async throws -> [AppendPlan<SHA256>.Outcome] {
    guard !batch.isEmpty else { return [] }
    let tenants = try Set(batch.map(\.columns.ledger)).map { try $0.uuid }
    let events = batch.compactMap { SQLUUID($0.eventID) }
    return try await database.transaction { transaction in
      let found = try await transaction.batch([
        "SELECT tenant_id, sequence, chain_hash FROM audit.lock_heads(\(tenants))",
        """
        SELECT event_id, sequence, leaf_hash, chain_hash FROM audit.entry
        WHERE event_id = ANY (\(events))
        """,
      ])
      let plan = try AppendPlan<SHA256>(
        batch, onto: try heads(found[0]), recorded: try places(found[1]))
      if !plan.entries.isEmpty {
        try await transaction.execute(try EntryArrays(plan.entries).insertion(at: now))
      }
      return plan.outcomes
    }
  }

  /// Answers when events could be recorded.
  func probe() async throws(SQLError) {
    try await database.health()
  }

  /// The entries of one ledger or of all that `condition` holds for, by ledger and sequence, from
  /// behind `key`.
  func rows(
    of ledger: LedgerID?, where condition: SQL, after key: EntryKey?, limit: Int
  ) async throws(SQLError) -> [RecordedEntry] {
    var scope: SQL = "TRUE"
    if let ledger { scope = "tenant_id = \(try ledger.uuid)" }
    var place: SQL = "TRUE"
    if let key { place = "(tenant_id, sequence) > (\(try key.ledger.uuid), \(key.sequence))" }
    let rows = try await database.query(
      """
      SELECT \(sql: RecordedEntry.columns) FROM audit.entry
      WHERE \(sql: scope) AND \(sql: place) AND \(sql: condition)
      ORDER BY tenant_id, sequence LIMIT \(limit)
      """)
    var entries: [RecordedEntry] = []
    entries.reserveCapacity(rows.count)
    for row in rows { entries.append(try RecordedEntry(row)) }
    return entries
  }

  /// Where a ledger ends, by its head and by its entries, both as of one moment.
  func end(of ledger: LedgerID) async throws(SQLError) -> LedgerEnd {
    let tenant = try ledger.uuid
    let row = try await database.query(
      """
      SELECT h.sequence, h.chain_hash,
        (SELECT max(e.sequence) FROM audit.entry AS e WHERE e.tenant_id = \(tenant))
      FROM (SELECT) AS one LEFT JOIN audit.head AS h ON h.tenant_id = \(tenant)
      """
    ).one()
    let (sequence, chain, last) = try row.decode(Int64?.self, ChainHash?.self, Int64?.self)
    var head: LedgerHead?
    if let sequence, let chain { head = LedgerHead(sequence: sequence, chain: chain) }
    return LedgerEnd(head: head, lastSequence: last)
  }

  /// A stretch of a ledger for `LedgerEntry`, still undecoded, in order of sequence.
  func entries(
    of ledger: LedgerID, after sequence: Int64, through last: Int64, limit: Int
  ) async throws(SQLError) -> Rows {
    try await database.query(
      """
      SELECT \(sql: LedgerEntry.columns) FROM audit.entry
      WHERE tenant_id = \(try ledger.uuid) AND sequence > \(sequence) AND sequence <= \(last)
      ORDER BY sequence LIMIT \(limit)
      """)
  }

  private func heads(_ rows: Rows) throws(SQLError) -> [LedgerID: LedgerHead] {
    var heads: [LedgerID: LedgerHead] = [:]
    for row in rows {
      let (tenant, sequence, chain) = try row.decode(SQLUUID.self, Int64.self, ChainHash.self)
      heads[LedgerID(tenant)] = LedgerHead(sequence: sequence, chain: chain)
    }
    return heads
  }

  private func places(_ rows: Rows) throws(SQLError) -> [String: EntryPlace] {
    var places: [String: EntryPlace] = [:]
    for row in rows {
      let (event, sequence, leaf, chain) = try row.decode(
        SQLUUID.self, Int64.self, ChainHash.self, ChainHash.self)
      places[event.description] = EntryPlace(sequence: sequence, leaf: leaf, chain: chain)
    }
    return places
  }
}

/// The place of an entry among all: where a page of a list ends.
struct EntryKey: Sendable, Equatable {
  let ledger: LedgerID
  let sequence: Int64
}

/// Where a ledger ends.
struct LedgerEnd: Sendable, Equatable {
  /// By its head; nil when it has none.
  let head: LedgerHead?
  /// By its entries; nil when it has none.
  let lastSequence: Int64?
}

extension SHA256: ChainHashing {
  /// The digest of everything added.
  func digest() -> ChainHash {
    guard let hash = finalize().withUnsafeBytes({ ChainHash($0) }) else {
      preconditionFailure("a SHA-256 digest has 32 bytes")
    }
    return hash
  }
}
