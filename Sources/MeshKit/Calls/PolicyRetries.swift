import MeshAPI
import MeshProto
package import MeshRPC

/// How the mesh's own clients repeat calls: what the contract says of each method under `retry`.
///
/// SAFE methods may be executed twice, WITH_REQUEST_ID methods when their request has an id (the
/// service answers the second as it did the first), NEVER methods not; what no handler has seen is
/// sent again in any case.
package enum PolicyRetries {
  /// Retries of every method that may have them, within a budget.
  ///
  /// The numbers are a mesh's: four attempts in about a third of a second, longer than a replica
  /// needs to be replaced by another. `refined` says more of single methods, and its retries and
  /// hedges come first; it must not hedge a method that is not SAFE.
  package static func config(
    refined: ServiceConfig? = nil
  ) throws(ServiceConfigError) -> ServiceConfig {
    let retries = try RetryPolicy(
      maxAttempts: 4, initialBackoff: .milliseconds(25), maxBackoff: .seconds(1),
      backoffMultiplier: 3, retryableCodes: [.unavailable])
    var methods: [MethodConfig] = []
    for policy in PolicyTable.all {
      var config = refined?.config(for: policy.method) ?? MethodConfig(names: [])
      config.names = [.method(service: policy.method.service, method: policy.method.method)]
      if case .hedge = config.repetition, policy.retry != .safe {
        throw ServiceConfigError(
          "hedgingPolicy", "would execute \(policy.method.path) twice, which is not safe")
      }
      if config.repetition == nil, policy.retry == .safe || policy.retry == .withRequestID {
        config.repetition = .retry(retries)
      }
      methods.append(config)
    }
    var throttling = refined?.throttling
    if throttling == nil { throttling = try RetryThrottling(maxTokens: 100, tokenRatio: 0.1) }
    let known = Set(methods.flatMap(\.names))
    for var config in refined?.methods ?? [] {
      config.names.removeAll { known.contains($0) }
      methods.append(config)
    }
    return try ServiceConfig(
      methods: methods,
      throttling: throttling,
      healthService: refined?.healthService, balancing: refined?.balancing,
      outliers: refined?.outliers)
  }

  /// Whether a call with this request may be executed twice.
  package static func mayRepeat(_ method: MethodDescriptor, _ request: WireMessage) -> Bool {
    guard let policy = PolicyTable.byPath[method.path] else { return false }
    switch policy.retry {
    case .safe: return true
    case .withRequestID: return hasRequestID(request, policy)
    case .never, .unrecognized: return false
    }
  }

  private static func hasRequestID(_ request: WireMessage, _ policy: MethodPolicy) -> Bool {
    guard !request.isCompressed, let field = policy.request.field(named: "request_id") else {
      return false
    }
    return request.withPayload { payload in
      var reader = WireReader(payload)
      var found = false
      while let (number, type) = reader.tag() {
        if number == field.number, type == 2 {
          // As protobuf reads it: the last one counts.
          guard let id = reader.delimited() else { return false }
          found = !id.isEmpty
        } else if !reader.skip(type) {
          return false
        }
      }
      return found
    }
  }
}
