/// When a method's failed calls are made again (gRFC A6).
package struct RetryPolicy: Sendable, Equatable {
  /// The most attempts that a policy may ask for, the first one included; more is read as this.
  package static let attemptLimit = 5

  /// How many attempts a call may take, the first one included: 2 to 5.
  package let maxAttempts: Int
  /// The pause before the second attempt.
  package let initialBackoff: Duration
  /// The longest pause.
  package let maxBackoff: Duration
  /// By how much each pause is longer than the one before.
  package let backoffMultiplier: Double
  /// The outcomes after which another attempt is worth it.
  package let retryableCodes: Set<StatusCode>

  /// Makes a policy; throws when a number is outside of what gRFC A6 allows.
  package init(
    maxAttempts: Int, initialBackoff: Duration, maxBackoff: Duration, backoffMultiplier: Double,
    retryableCodes: Set<StatusCode>
  ) throws(ServiceConfigError) {
    self.maxAttempts = try Self.attempts(maxAttempts)
    guard initialBackoff > .zero else {
      throw ServiceConfigError("initialBackoff", "must be more than 0s")
    }
    guard maxBackoff > .zero else {
      throw ServiceConfigError("maxBackoff", "must be more than 0s")
    }
    guard backoffMultiplier > 0, backoffMultiplier.isFinite else {
      throw ServiceConfigError("backoffMultiplier", "must be more than 0")
    }
    guard !retryableCodes.isEmpty else {
      throw ServiceConfigError("retryableStatusCodes", "must name at least one code")
    }
    guard !retryableCodes.contains(.ok) else {
      throw ServiceConfigError("retryableStatusCodes", "must not name OK")
    }
    self.initialBackoff = initialBackoff
    self.maxBackoff = maxBackoff
    self.backoffMultiplier = backoffMultiplier
    self.retryableCodes = retryableCodes
  }

  static func attempts(_ count: Int) throws(ServiceConfigError) -> Int {
    guard count >= 2 else {
      throw ServiceConfigError("maxAttempts", "is \(count); must be at least 2")
    }
    return min(count, attemptLimit)
  }

  /// The pause before the retry with this number, 0 and up; `jitter`, from 0 to 1, spreads it over
  /// 0.8 to 1.2 of its length.
  func pause(_ retry: Int, jitter: Double) -> Duration {
    var factor = 1.0
    let most = maxBackoff / initialBackoff
    for _ in 0..<retry where factor < most { factor *= backoffMultiplier }
    return initialBackoff * min(factor, most) * (0.8 + 0.4 * jitter)
  }
}

/// When a method's calls are made a second time before the first has answered (gRFC A6).
///
/// Such a call may be executed more than once, so this is for methods that only read.
package struct HedgingPolicy: Sendable, Equatable {
  /// How many attempts a call may take, the first one included: 2 to 5.
  package let maxAttempts: Int
  /// How long each attempt has before the next begins beside it; zero begins all at once.
  package let delay: Duration
  /// The outcomes that leave the other attempts their chance; any other ends the call.
  package let nonFatalCodes: Set<StatusCode>

  /// Makes a policy; throws when a number is outside of what gRFC A6 allows.
  package init(
    maxAttempts: Int, delay: Duration, nonFatalCodes: Set<StatusCode>
  ) throws(ServiceConfigError) {
    self.maxAttempts = try RetryPolicy.attempts(maxAttempts)
    guard delay >= .zero else {
      throw ServiceConfigError("hedgingDelay", "must not be less than 0s")
    }
    guard !nonFatalCodes.contains(.ok) else {
      throw ServiceConfigError("nonFatalStatusCodes", "must not name OK")
    }
    self.delay = delay
    self.nonFatalCodes = nonFatalCodes
  }
}

/// When a server that fails too often is spared retries (gRFC A6, "Throttling Retry Attempts and
/// Hedged RPCs").
package struct RetryThrottling: Sendable, Equatable {
  /// What the bucket holds at most, and at first: 1 to 1000.
  ///
  /// Retries are made while it is more than half full.
  package let maxTokens: Int
  /// What a success puts back, in thousandths; a failure takes a whole token.
  package let milliRatio: Int

  /// Makes a rule; `tokenRatio` counts to three decimals and must not be 0 then.
  package init(maxTokens: Int, tokenRatio: Double) throws(ServiceConfigError) {
    guard (1...1000).contains(maxTokens) else {
      throw ServiceConfigError("maxTokens", "is \(maxTokens); must be 1 to 1000")
    }
    guard tokenRatio >= 0.001, tokenRatio.isFinite else {
      throw ServiceConfigError("tokenRatio", "must be at least 0.001")
    }
    self.maxTokens = maxTokens
    // More than the whole bucket is the whole bucket; the bound keeps the number an Int.
    milliRatio = Int(min(tokenRatio, 1000) * 1000)
  }
}
