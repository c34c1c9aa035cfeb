import MeshAPI
import MeshKit
import MeshRPC

/// Shows operators the live calls of a process: the edge's own, or another one's through it.
struct TapService: OpsV1.TapServiceHandler {
  /// The longest that another process's tap is held, an hour and what its end may take.
  private static let limit = Duration.seconds(3660)

  private let own: ProcessTap
  private let processes: [String: OpsV1.ProcessServiceClient]
  private let ledger: LedgerAppender

  /// Shows `own` calls and those of `processes`; that it does is reported to `ledger` first.
  init(
    own: ProcessTap, processes: [String: OpsV1.ProcessServiceClient], ledger: LedgerAppender
  ) {
    self.own = own
    self.processes = processes
    self.ledger = ledger
  }

  func tap(
    _ request: OpsV1.TapRequest, _ responses: ResponseWriter<OpsV1.TappedCall>, _ call: ServerCall
  ) async throws {
    try own.check(request)
    let isOwn = ["", "edge"].contains(request.process)
    guard isOwn || processes[request.process] != nil else {
      let names = (processes.keys + ["edge"]).sorted().joined(separator: ", ")
      throw RPCErrors.badRequest([
        FieldViolation(
          "process", "process is none of \(names): \"\(request.process.prefix(64))\"")
      ])
    }
    let name = isOwn ? "edge" : request.process
    try await ledger.append([draft(request, name)], of: call)
    guard let process = processes[name], !isOwn else {
      return try await own.serve(request, responses)
    }
    let tapped = try await process.tapProcess(request, call.onward(limit: Self.limit))
    // However this one ends, the other process's tap ends with it.
    defer { tapped.cancel() }
    for try await one in tapped.responses { try await responses.write(one) }
  }

  /// What was looked at, as far as it was narrowed down.
  private func draft(_ request: OpsV1.TapRequest, _ process: String) -> EventDraft {
    EventDraft(
      target: .init("process", id: process), reason: request.reason,
      details: [
        "method_prefix": request.methodPrefix, "caller_id": request.callerID,
        "tenant_id": request.tenantID, "status": request.status, "rate": "\(request.rate)",
      ])
  }
}
