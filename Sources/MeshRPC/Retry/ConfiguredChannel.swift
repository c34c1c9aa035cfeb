import Synchronization

/// A channel that obeys a service config: time-outs, limits, retries, hedging.
///
/// What no handler has seen is sent again whatever the method does.
package final class ConfiguredChannel: Channel {
  private let next: any Channel
  private let config: ServiceConfig
  /// What holds for the methods that have been called, by their numbers.
  private let known = Mutex<[MethodRule?]>([])
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
    let rule = rule(for: method)
    let plan = plan(method, options, rule)
    switch (rule.config?.repetition, method.kind) {
    case (.retry(let policy), _): return try await RetryingStream.open(plan, policy)
    case (.hedge(let policy), .unary), (.hedge(let policy), .serverStreaming):
      return await HedgedStream(plan, policy)
    case (nil, _), (.hedge, _): return try await RetryingStream.open(plan, nil)
    }
  }

  /// Makes a call as the config wants it: attempt after attempt, in the caller's task.
  package func exchange(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions, untouched: Bool
  ) async -> UnaryOutcome {
    let rule = rule(for: method)
    if case .hedge(let policy) = rule.config?.repetition {
      let plan = plan(method, options, rule)
      return await HedgedStream(plan, policy).exchange(request, untouched: untouched)
    }
    let options = rule.limited(options)
    var outcome = await next.exchange(method, request, options, untouched: untouched)
    if outcome.answer == nil {
      let plan = CallPlan(
        next: next, method: method, options: options, rules: rules, budget: budget)
      await repeated(&outcome, plan, rule, request, untouched: untouched)
    }
    if outcome.answer != nil { budget.succeeded() }
    return outcome
  }

  private func plan(
    _ method: MethodDescriptor, _ options: CallOptions, _ rule: MethodRule
  ) -> CallPlan {
    CallPlan(
      next: next, method: method, options: rule.limited(options), rules: rules, budget: budget)
  }

  /// What holds for a method, looked up by its name once.
  private func rule(for method: MethodDescriptor) -> MethodRule {
    guard method.number < CallMetrics.numberLimit else {
      return MethodRule(config.config(for: method))
    }
    return known.withLock { known in
      while known.count <= method.number { known.append(nil) }
      if let rule = known[method.number] { return rule }
      let rule = MethodRule(config.config(for: method))
      known[method.number] = rule
      return rule
    }
  }

  /// Makes further attempts after one that has failed, until one is answered or there is none to
  /// make: `outcome` is the last one's then.
  private func repeated(
    _ outcome: inout UnaryOutcome, _ plan: CallPlan, _ rule: MethodRule, _ request: WireMessage,
    untouched: Bool
  ) async {
    var machine = RetryMachine(nil)
    if case .retry(let policy) = rule.config?.repetition { machine = RetryMachine(policy) }
    while outcome.answer == nil {
      var failure = AttemptFailure(outcome.end.status, hadHeaders: outcome.end.hadHeaders)
      if !outcome.wasMade {
        failure.reach = .handler
      } else if request.payloadSize > rules.bufferBytes || !rules.mayRepeat(plan.method, request) {
        machine.forbidRepetition()
      }
      // Whoever stands above makes none after these.
      outcome.end.status.reach = .handler
      let jitter = rules.jitter()
      let decision = budget.failed(failure, &machine, jitter: jitter)
      guard case .retry(let pause, let previous) = decision, plan.isInTime(pause) else { return }
      guard await rested(pause) else {
        outcome = UnaryOutcome(refused: RPCError(.cancelled, "the call was cancelled"))
        return
      }
      outcome = await next.exchange(
        plan.method, request, plan.options(previous: previous), untouched: untouched)
    }
  }

  /// Whether the pause ran to its end.
  private func rested(_ pause: Duration) async -> Bool {
    do {
      if pause > .zero { try await rules.pause(pause) }
      return !Task.isCancelled
    } catch {
      return false
    }
  }
}

/// What a service config says about one method; nil when it says nothing.
private final class MethodRule: Sendable {
  let config: MethodConfig?

  init(_ config: MethodConfig?) { self.config = config }

  /// The options within what the config allows.
  func limited(_ options: CallOptions) -> CallOptions {
    config.map { options.limited(by: $0) } ?? options
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
