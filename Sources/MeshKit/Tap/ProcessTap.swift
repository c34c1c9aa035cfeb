package import MeshAPI
package import MeshIO
package import MeshRPC

/// Serves the taps of one process: checks what is asked for and writes the calls as they end.
package struct ProcessTap: Sendable {
  private let process: String
  private let hub: TapHub
  private let loop: EventLoop

  /// Shows the calls that reach `hub` in the name of `process`; `loop` has the timers.
  package init(process: String, hub: TapHub, loop: EventLoop) {
    self.process = process
    self.hub = hub
    self.loop = loop
  }

  /// Throws `INVALID_ARGUMENT` for a request that asks for what cannot be.
  package func check(_ request: OpsV1.TapRequest) throws { _ = try read(request) }

  /// Writes the calls that fit, until the reader stops or an hour has passed.
  ///
  /// - Throws: `INVALID_ARGUMENT`; `RESOURCE_EXHAUSTED` when too many taps are open.
  package func serve(
    _ request: OpsV1.TapRequest, _ responses: ResponseWriter<OpsV1.TappedCall>
  ) async throws {
    let (filter, rate) = try read(request)
    let calls = try hub.tap(filter, rate: rate)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await call in calls { try await responses.write(message(call)) }
      }
      group.addTask {
        try await loop.sleep(for: hub.config.duration)
      }
      // Whichever comes first: the reader leaves, or the time is over.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func read(_ request: OpsV1.TapRequest) throws -> (filter: TapFilter, rate: Int) {
    var fields = FieldCheck()
    var filter = TapFilter()
    filter.methodPrefix = fields.text(request.methodPrefix, "method_prefix", 0...200)
    filter.callerID = fields.text(request.callerID, "caller_id", 0...200)
    filter.tenantID = fields.optionalUUID(request.tenantID, "tenant_id") ?? ""
    _ = fields.text(request.reason, "reason", 0...500)
    if let outcome = TapFilter.Outcome(name: request.status) {
      filter.outcome = outcome
    } else {
      fields.require(
        false, "status", "status is no status's name: \"\(request.status.prefix(64))\"")
    }
    let latency = request.minLatency?.duration ?? .zero
    fields.require(latency >= .zero, "min_latency", "min_latency is negative")
    filter.nanoseconds = Int(latency.wholeNanoseconds)
    let rate = request.rate == 0 ? hub.config.usualRate : Int(request.rate)
    fields.require(
      (1...hub.config.rate).contains(rate), "rate",
      "rate is \(request.rate); it may be 1 to \(hub.config.rate)")
    try fields.finish()
    return (filter, rate)
  }

  private func message(_ call: TapHub.Shown) -> OpsV1.TappedCall {
    var message = OpsV1.TappedCall()
    message.endedAt = .init(micros: call.endedAt)
    message.process = process
    message.method = String(call.record.path.dropFirst().prefix(200))
    message.status = call.record.code.name
    message.latency = .init(.nanoseconds(call.record.nanoseconds))
    message.peer = call.record.peer
    message.callerID = call.record.callerID
    message.tenantID = call.record.tenantID
    message.requestID = call.record.requestID
    message.skipped = Int64(call.skipped)
    return message
  }
}
