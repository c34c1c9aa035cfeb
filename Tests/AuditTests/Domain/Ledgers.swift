import MeshCrypto

@testable import Audit

/// SHA-256 for tests of the rules.
struct RealHashing: ChainHashing {
  private var hash = SHA256()

  init() {}

  mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }

  func digest() -> ChainHash { hash.finalize().withUnsafeBytes { ChainHash($0) } ?? .genesis }
}

typealias Rule = ChainRule<RealHashing>
typealias Plan = AppendPlan<RealHashing>
typealias Walk = LedgerWalk<RealHashing>

/// Makes ledgers whose "events" are readable text: the columns separated by bars.
enum Ledgers {
  static let globex = LedgerID.tenant("0197f2c0-0000-7000-8000-000000000001")
  static let initech = LedgerID.tenant("0197f2c0-0000-7000-8000-000000000002")

  static func columns(_ number: Int, of ledger: LedgerID = globex) -> EntryColumns {
    EntryColumns(
      ledger: ledger, eventID: "event-\(number)-\(ledger)", type: "tenant.created.v1",
      source: "tenants", actorID: "ada", onBehalfOfID: "", targetKind: "tenant",
      targetID: "\(ledger)", requestID: "request-\(number)", ip: "192.0.2.1",
      occurredAt: Micros(number))
  }

  static func candidate(_ number: Int, of ledger: LedgerID = globex) -> Candidate {
    let columns = columns(number, of: ledger)
    return Candidate(bytes: bytes(columns), columns: columns)
  }

  /// A ledger of `count` entries and its head.
  static func ledger(
    _ count: Int, of ledger: LedgerID = globex
  ) throws -> (entries: [LedgerEntry], head: LedgerHead) {
    let batch = (0..<count).map { candidate($0 + 1, of: ledger) }
    let plan = try Plan(batch, onto: [:], recorded: [:])
    return (plan.entries, plan.heads[ledger] ?? .empty)
  }

  static func bytes(_ columns: EntryColumns) -> [UInt8] {
    let fields = [
      "\(columns.ledger)", columns.eventID, columns.type, columns.source, columns.actorID,
      columns.onBehalfOfID, columns.targetKind, columns.targetID, columns.requestID, columns.ip,
      "\(columns.occurredAt)",
    ]
    return Array(fields.joined(separator: "|").utf8)
  }

  @Sendable static func read(_ bytes: [UInt8]) -> EntryColumns? {
    let fields = String(decoding: bytes, as: UTF8.self)
      .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 11, let occurredAt = Micros(fields[10]) else { return nil }
    return EntryColumns(
      ledger: fields[0] == "platform" ? .platform : .tenant(fields[0]), eventID: fields[1],
      type: fields[2], source: fields[3], actorID: fields[4], onBehalfOfID: fields[5],
      targetKind: fields[6], targetID: fields[7], requestID: fields[8], ip: fields[9],
      occurredAt: occurredAt)
  }

  /// Walks `entries` as the ledger of `ledger` up to `head`.
  static func walk(
    _ entries: [LedgerEntry], to head: LedgerHead?, of ledger: LedgerID = globex
  ) -> Walk {
    var walk = Walk(ledger, readColumns: read)
    for entry in entries { guard walk.take(entry) else { break } }
    walk.finish(at: head)
    return walk
  }
}
