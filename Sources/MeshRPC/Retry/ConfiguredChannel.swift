/// A channel that obeys a service config: time-outs, limits, retries, hedging.
///
/// What no handler has seen is sent again whatever the method does. A unary call for which the
/// config has no repetition is passed on as it is, at no cost; ``Channel/unary(_:_:_:)`` holds its
/// message anyway and sends it again itself.
package struct ConfiguredChannel: Channel {
  private let next: any Channel
  private let config: ServiceConfig
  private let rules: RepetitionRules
  private let budget: RetryBudget

  /// Calls go to `next`; all channels to a server share its `budget`, nil makes one.
  package init(
    _ next: any Channel, _ config: ServiceConfig, rules: RepetitionRules = RepetitionRules(),
    budget: RetryBudget? = nil
  ) {
    self.next = next
    self.config = config
    self.rules = rules
    self.budget = budget ?? RetryBudget(config.throttling)
  }

  /// Opens a call as the config wants it.
  package func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    let config = config.config(for: method)
    let options = config.map { options.limited(by: $0) } ?? options
    let plan = CallPlan(next: next, method: method, options: options, rules: rules, budget: budget)
    switch (config?.repetition, method.kind) {
    case (.retry(let policy), _): return try await RetryingStream.open(plan, policy)
    case (.hedge(let policy), .unary), (.hedge(let policy), .serverStreaming):
      return await HedgedStream(plan, policy)
    case (nil, .unary): return try await next.open(method, options)
    case (nil, _), (.hedge, _): return try await RetryingStream.open(plan, nil)
    }
  }
}

extension CallOptions {
  /// These options within what a config allows.
  func limited(by config: MethodConfig) -> CallOptions {
    var options = self
    if let timeout = config.timeout {
      options.deadline = .earlier(options.deadline, .after(timeout))
    }
    options.waitForReady = options.waitForReady ?? config.waitForReady
    options.maxRequestBytes = Self.smaller(options.maxRequestBytes, config.maxRequestBytes)
    options.maxResponseBytes = Self.smaller(options.maxResponseBytes, config.maxResponseBytes)
    return options
  }

  private static func smaller(_ one: Int?, _ other: Int?) -> Int? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }
}
