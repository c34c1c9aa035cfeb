import MeshKit
import MeshRPC

/// Passes an admitted call on to its service, message by message, without reading any: compressed
/// ones stay compressed, and each side hears which encodings the other accepts.
struct Forwarder: Sendable {
  private let upstreams: Upstreams

  /// Forwards to `upstreams`.
  init(upstreams: Upstreams) {
    self.upstreams = upstreams
  }

  /// Serves one gRPC call that the gate has admitted.
  func forward(_ call: ServerCall, _ admission: Gate.Admission) async throws {
    let method = admission.policy.method
    var options = CallOptions(metadata: admission.metadata, deadline: call.deadline)
    options.encoding = call.inbound.encoding
    options.acceptedEncodings = call.acceptedEncodings
    // While a service is rolled out in stages, a tenant stays with one version of it.
    options.routingKey = admission.caller.tenantID
    let channel = try upstreams.channel(for: method)
    guard method.kind != .unary else {
      return try await forwardUnary(call, method, options, channel)
    }
    let stream = try await channel.open(method, options)
    do {
      try await withTaskCancellationHandler {
        try await forwardStream(call, stream)
      } onCancel: {
        stream.cancel()
      }
    } catch {
      stream.cancel()
      throw error
    }
  }

  /// One message each way needs no second task.
  private func forwardUnary(
    _ call: ServerCall, _ method: MethodDescriptor, _ options: CallOptions, _ channel: any Channel
  ) async throws {
    let request = try await call.inbound.whole(untouched: true)
    let answer = try await channel.unary(method, request, options, untouched: true)
    call.addInitial(answer.headers)
    call.addTrailing(answer.trailers)
    call.compress(with: answer.encoding)
    call.respond(answer.message)
  }

  private func forwardStream(_ call: ServerCall, _ stream: any ClientStream) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while let request = try await call.inbound.next(untouched: true) {
          try await stream.send(request)
        }
        stream.halfClose()
      }
      call.addInitial(await stream.headers() ?? [:])
      call.compress(with: stream.encoding)
      while let response = try await stream.next(untouched: true) {
        try await call.send(response)
      }
      group.cancelAll()
    }
    call.finish(await stream.status())
  }
}
