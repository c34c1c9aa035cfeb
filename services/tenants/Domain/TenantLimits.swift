/// How long texts and times of a tenant may be.
struct TenantLimits: Sendable, Equatable {
  /// Characters of a tenant's display name.
  var displayName = 80
  /// Characters of an app's or a reseller's name.
  var name = 80
  /// Characters of the operator's words at a suspension or an offboarding.
  var reason = 500
  /// Microseconds from an offboarding to its deadline, when the operator does not say.
  var standardGrace = 30 * Self.day
  /// Microseconds that an operator may say.
  var grace = Self.day...(365 * Self.day)

  static let day: Micros = 86_400_000_000

  /// What is wrong with a grace period, if anything is.
  func problem(withGrace grace: Micros) -> String? {
    if self.grace.contains(grace) { return nil }
    let (least, most) = (self.grace.lowerBound / Self.day, self.grace.upperBound / Self.day)
    return "grace is \(grace / 1_000_000) seconds; it must be \(least) to \(most) days"
  }
}
