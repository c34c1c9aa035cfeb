import MeshAPI
import MeshCrypto
import MeshKit

extension EntryColumns {
  /// What an event can be searched by.
  init(_ event: EventsV1.Event, in ledger: LedgerID) {
    self.init(
      ledger: ledger, eventID: event.eventID, type: event.type, source: event.source,
      actorID: event.actor?.id ?? "", onBehalfOfID: event.onBehalfOf?.id ?? "",
      targetKind: event.target?.kind ?? "", targetID: event.target?.id ?? "",
      requestID: event.requestID, ip: event.ip, occurredAt: event.occurredAt?.micros ?? 0)
  }

  /// What canonical bytes can be searched by; nil when they are no event.
  @Sendable static func read(_ bytes: [UInt8]) -> EntryColumns? {
    // Why they are none does not matter: they were not recorded by us.
    guard let event = try? EventsV1.Event(bytes: bytes) else { return nil }
    guard !event.tenantID.isEmpty else { return EntryColumns(event, in: .platform) }
    return LedgerID(tenant: event.tenantID).map { EntryColumns(event, in: $0) }
  }
}

extension AuditV1.Entry {
  /// An entry; one whose bytes are no event any more comes without it, with its hashes.
  init(_ entry: RecordedEntry) {
    self.init(
      tenantID: entry.ledger.hashed, sequence: entry.sequence,
      // Verification says what is wrong with it.
      event: try? EventsV1.Event(bytes: entry.bytes),
      recordedAt: .init(micros: entry.recordedAt), leafHash: entry.leaf.description,
      chainHash: entry.chain.description)
  }
}

extension AuditV1.VerifyLedgerResponse {
  init(_ ledger: LedgerID, _ walk: LedgerWalk<SHA256>) {
    self.init(
      tenantID: ledger.description, intact: walk.damage == nil,
      firstSequence: walk.entryCount > 0 ? 1 : 0, lastSequence: walk.head.sequence,
      entryCount: walk.entryCount, headHash: walk.head.chain.description,
      damage: walk.damage.map(AuditV1.Damage.init))
  }
}

extension AuditV1.Damage {
  init(_ damage: LedgerDamage) {
    let kind: AuditV1.DamageKind =
      switch damage.kind {
      case .edited: .edited
      case .deleted: .deleted
      case .brokenChain: .brokenChain
      case .truncated: .truncated
      case .columnsEdited: .columnsEdited
      }
    self.init(sequence: damage.sequence, kind: kind, description: damage.description)
  }
}
