package import MeshRPC

/// Watches every call of a server, as the outermost interceptor: metrics, traces, access log, taps.
package struct CallObserver: ServerInterceptor {
  private let observatory: Observatory
  private let series: CallSeries

  /// Watches for `observatory`; what is not bound to a method counts as unknown.
  package init(_ observatory: Observatory) {
    self.init(observatory, observatory.metrics.served(nil))
  }

  private init(_ observatory: Observatory, _ series: CallSeries) {
    self.observatory = observatory
    self.series = series
  }

  /// Counts for `method`.
  package func bound(to method: MethodDescriptor?) -> any ServerInterceptor {
    CallObserver(observatory, observatory.metrics.served(method))
  }

  /// Runs the call in its trace and tells how it ended.
  package func intercept(
    _ call: ServerCall, _ next: (ServerCall) async throws -> Void
  ) async throws {
    let watch = observatory.begin(series, call.metadata)
    do {
      if let trace = watch.trace {
        try await TraceContext.$current.withValue(trace) { try await next(call) }
      } else {
        try await next(call)
      }
    } catch {
      end(watch, call, RPCError(thrown: error).code)
      throw error
    }
    // A handler that returned without an answer has none to count.
    end(watch, call, call.outcome ?? .unknown)
  }

  /// Counts, traces and logs a call that no handler saw.
  package func refused(_ call: RefusedCall) {
    let watch = observatory.begin(observatory.metrics.served(call.method), call.metadata)
    let outcome = Observatory.Outcome(code: call.code, sentBytes: 0, receivedBytes: 0)
    observatory.end(watch, outcome, path: call.path, peer: call.peer) { _ in }
  }

  private func end(_ watch: Observatory.Watch, _ call: ServerCall, _ code: StatusCode) {
    var code = code
    // The deadline cancels the handler, which knows of the cancellation only.
    if code == .cancelled, let deadline = call.deadline, deadline.remaining <= .zero {
      code = .deadlineExceeded
    }
    let outcome = Observatory.Outcome(
      code: code, sentBytes: call.sentBytes, receivedBytes: call.inbound.receivedBytes)
    observatory.end(watch, outcome, path: call.path, peer: call.peer) { record in
      guard let known = call.knownCaller else { return }
      record.callerID = known.caller.id
      record.tenantID = known.caller.tenantID ?? ""
      record.requestID = known.requestID
    }
  }
}
