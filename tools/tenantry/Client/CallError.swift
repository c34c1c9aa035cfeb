import MeshRPC

/// A call that failed, and whether the server was there at all.
struct CallError: Error, Sendable {
  let status: RPCError
  let details: ErrorDetails
  let reachedServer: Bool

  init(_ status: RPCError, reachedServer: Bool) {
    self.status = status
    self.reachedServer = reachedServer
    details = ErrorDetails(status)
  }

  /// Whether the same call may succeed in a moment.
  var mayPass: Bool {
    status.code == .unavailable
      || (status.code == .resourceExhausted && details.retryDelay != nil)
  }

  /// What the person is told.
  func failure(at endpoint: Endpoint) -> Failure {
    guard reachedServer else {
      return Failure(
        .unavailable, "cannot reach \(endpoint.server): \(VisibleText.harmless(status.message))",
        notes: ["is it up, and is the address right? see: tenantry doctor"])
    }
    let code = ExitCode(status.code)
    var notes = details.violations.filter { $0 != status.message }
    if !details.reason.isEmpty { notes.append("reason: \(details.reason)") }
    if !details.requestID.isEmpty { notes.append("request id: \(details.requestID)") }
    switch status.code {
    // A refusal of the credential itself has no reason; a failed sign-in has one.
    case .unauthenticated where details.reason.isEmpty:
      notes.append(
        endpoint.token == nil
          ? "sign in: tenantry sign-in --email <you>"
          : "the session may have ended; sign in: tenantry sign-in --email <you>")
    case .deadlineExceeded: notes.append("allow more time: --timeout 2m")
    default: break
    }
    let message = status.message.isEmpty ? status.code.name : status.message
    return Failure(
      code, VisibleText.harmless(message), notes: notes.map(VisibleText.harmless))
  }
}
