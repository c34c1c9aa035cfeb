import MeshAPI
import MeshKit

extension AuditService {
  func append(
    _ request: AuditV1.AppendEventsRequest
  ) async throws -> AuditV1.AppendEventsResponse {
    // Nothing to record: somebody asks whether anything could be.
    guard !request.events.isEmpty else {
      try await store.probe()
      return AuditV1.AppendEventsResponse()
    }
    var fields = FieldCheck()
    let count = request.events.count
    fields.require(count <= limits.batch, "events", "\(count) events; the limit is \(limits.batch)")
    try fields.finish()
    let batch = request.events.enumerated().map { candidate($1, "events[\($0)]", &fields) }
    try fields.finish()
    let outcomes = try await store.append(batch, at: now())
    return AuditV1.AppendEventsResponse(
      receipts: outcomes.map { outcome in
        AuditV1.Receipt(
          eventID: outcome.eventID, sequence: outcome.place.sequence,
          chainHash: outcome.place.chain.description, duplicate: outcome.isDuplicate)
      })
  }

  /// The event in its canonical form: ids in lower case, time in microseconds; serialized once.
  private func candidate(
    _ event: EventsV1.Event, _ path: String, _ fields: inout FieldCheck
  ) -> Candidate {
    var event = event
    event.eventID = fields.uuid(event.eventID, "\(path).event_id")
    var ledger = LedgerID.platform
    if !event.tenantID.isEmpty {
      event.tenantID = fields.uuid(event.tenantID, "\(path).tenant_id")
      if let tenant = LedgerID(tenant: event.tenantID) {
        ledger = tenant
      } else {
        fields.require(false, "\(path).tenant_id", "\(path).tenant_id is the nil UUID")
      }
    }
    fields.require(!event.type.isEmpty, "\(path).type", "\(path).type is required")
    fields.require(!event.source.isEmpty, "\(path).source", "\(path).source is required")
    fields.require(
      event.occurredAt != nil, "\(path).occurred_at", "\(path).occurred_at is required")
    event.occurredAt = event.occurredAt.map { .init(micros: $0.micros) }
    let bytes = event.serialized()
    fields.require(
      bytes.count <= limits.eventBytes, path,
      "\(path) is \(bytes.count) bytes; the limit is \(limits.eventBytes)")
    return Candidate(bytes: bytes, columns: EntryColumns(event, in: ledger))
  }
}
