/// How long texts and times of a tenant may be.
struct TenantLimits: Sendable, Equatable {
  /// Characters of a tenant's display name.
  var displayName = 80
  /// Characters of an app's or a reseller's name.
  var name = 80
  /// Characters of the operator's words at a suspension or an offboarding.
  var reason = 500
  /// Seconds from an offboarding to its deadline, when the operator does not say.
  var standardGrace = 30 * Self.day
  /// Seconds that an operator may say.
  var grace = Self.day...(365 * Self.day)

  /// The seconds of a day.
  static let day: Int64 = 86_400

  /// What is wrong with a grace of `seconds`, if anything is.
  func problem(withGrace seconds: Int64) -> String? {
    if grace.contains(seconds) { return nil }
    let (least, most) = (grace.lowerBound / Self.day, grace.upperBound / Self.day)
    return "grace is \(seconds) seconds; it must be \(least) to \(most) days"
  }
}
