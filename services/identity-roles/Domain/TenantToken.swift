/// What confines a token that an operator made for one tenant's lifecycle.
struct TokenScope: Sendable, Equatable {
  /// The one tenant it is good for.
  let tenant: TenantID
  /// The most it may do: less where its maker may less.
  let permissions: Set<String>
  /// When it ends, used or not.
  let expiresAt: Micros
}

/// How long tokens for one tenant live, in seconds.
struct TokenLimits: Sendable, Equatable {
  /// At the least: a shorter one ends before it arrives.
  static let shortest: Int64 = 60

  /// Where nobody asks for another lifetime.
  var standard: Int64
  /// At the most.
  var longest: Int64

  /// What is wrong with a lifetime; nil for nothing.
  func problem(withLifetime seconds: Int64) -> String? {
    if seconds < Self.shortest {
      return "lifetime is \(seconds) seconds; at least \(Self.shortest) are needed"
    }
    if seconds > longest { return "lifetime is \(seconds) seconds; the limit is \(longest)" }
    return nil
  }
}
