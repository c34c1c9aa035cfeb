import MeshAPI
import MeshKit
import MeshRPC

extension AuditService {
  func list(
    _ request: AuditV1.ListEntriesRequest, _ call: ServerCall
  ) async throws -> AuditV1.ListEntriesResponse {
    let scope = try call.tenantScope(request.tenantID)
    let ledger = scope.isEmpty ? nil : try ledger(named: scope)
    let filter = try Filter(request.filter, fields: Self.filterFields)
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "entries",
      parameters: [ledger?.description ?? "", request.filter], keyParts: 2)
    let found = try await store.rows(
      of: ledger, where: filter.sql, after: try page.after.map(key), limit: page.limit + 1)
    let shown = fitting(found.prefix(page.limit))
    var last: [String]?
    if shown.count < found.count, let end = shown.last {
      last = ["\(end.ledger)", "\(end.sequence)"]
    }
    return AuditV1.ListEntriesResponse(
      entries: shown.map(AuditV1.Entry.init), nextPageToken: page.next(after: last))
  }

  private static let filterFields: [FilterField] = [
    .text("type", column: "type"), .text("source", column: "source"),
    .text("actor_id", column: "actor_id"), .text("target_id", column: "target_id"),
    .text("request_id", column: "request_id"), .text("ip", column: "ip"),
    .timestamp("occurred_at", column: "occurred_at"),
  ]

  /// As many of the entries as fit one message, one at least.
  private func fitting(_ entries: ArraySlice<RecordedEntry>) -> ArraySlice<RecordedEntry> {
    var bytes = 0
    let count = entries.prefix { entry in
      bytes += entry.bytes.count
      return bytes <= limits.pageBytes
    }.count
    return entries.prefix(max(1, count))
  }

  private func key(_ parts: [String]) throws -> EntryKey {
    guard let sequence = Int64(parts[1]) else {
      throw RPCErrors.badRequest([
        FieldViolation("page_token", "page_token is not one of ours")
      ])
    }
    return EntryKey(ledger: try ledger(named: parts[0]), sequence: sequence)
  }
}
