import Testing

@testable import IdentityRoles

@Suite("Sign-in")
struct SignInTests {
  private static let limits = ThrottleLimits(
    threshold: 5, firstPause: 30, longestPause: 200, memory: 10_000)

  private static func failed(_ count: Int) -> SignInThrottle {
    var throttle = SignInThrottle.clear
    var now: Micros = 1000
    for _ in 0..<count {
      now = max(now, throttle.pausedUntil ?? now)
      throttle = throttle.afterFailure(at: now, limits)
    }
    return throttle
  }

  private static let expectedPauses: [(Int, Micros?)] = [
    (1, nil), (4, nil), (5, 30), (6, 60), (7, 120), (8, 200), (9, 200), (1000, 200),
  ]

  @Test("pauses begin with the fifth failure, double, and have an end", arguments: expectedPauses)
  func pauses(_ failures: Int, _ pause: Micros?) {
    let throttle = Self.failed(failures)
    #expect(throttle.failures == failures)
    let length = throttle.pausedUntil.flatMap { until in
      throttle.lastFailureAt.map { until - $0 }
    }
    #expect(length == pause)
  }

  @Test("a pause ends by itself and failures during it do not lengthen it")
  func duringPause() throws {
    let throttle = Self.failed(5)
    let end = try #require(throttle.pausedUntil)
    #expect(throttle.isPaused(at: end - 1))
    #expect(!throttle.isPaused(at: end))
    #expect(throttle.afterFailure(at: end - 1, Self.limits) == throttle)
    #expect(throttle.afterFailure(at: end, Self.limits).failures == 6)
  }

  @Test("failures are forgotten after a quiet while")
  func forgotten() throws {
    let throttle = Self.failed(4)
    let last = try #require(throttle.lastFailureAt)
    #expect(throttle.afterFailure(at: last + 9999, Self.limits).failures == 5)
    #expect(throttle.afterFailure(at: last + 10_000, Self.limits).failures == 1)
  }

  @Test("an attempt succeeds with the right password of a known account that is not paused")
  func success() throws {
    try SignInAttempt(isKnown: true, isPasswordRight: true, throttle: .clear).decide(at: 0)
  }

  private static let refused: [(Bool, Bool, Int, SignInFailure)] = [
    (false, false, 0, .unknownAccount), (true, false, 0, .wrongPassword),
    (true, true, 5, .paused), (true, false, 5, .paused), (false, false, 5, .unknownAccount),
  ]

  @Test("every other attempt has its reason class", arguments: refused)
  func failure(_ known: Bool, _ right: Bool, _ failures: Int, _ reason: SignInFailure) {
    let attempt = SignInAttempt(
      isKnown: known, isPasswordRight: right, throttle: Self.failed(failures))
    #expect(throws: reason) { try attempt.decide(at: 1001) }
  }
}

@Suite("Setup")
struct SetupRuleTests {
  @Test("anybody may be first, unless an address is configured")
  func first() throws {
    let ada = try #require(EmailAddress(rawValue: "ada@example.com"))
    let eve = try #require(EmailAddress(rawValue: "eve@example.com"))
    try SetupRule(reservedFor: nil).check(eve, operatorsExist: false)
    try SetupRule(reservedFor: ada).check(ada, operatorsExist: false)
    #expect(throws: SetupRefusal.reserved) {
      try SetupRule(reservedFor: ada).check(eve, operatorsExist: false)
    }
  }

  @Test("nobody is first twice")
  func over() throws {
    let ada = try #require(EmailAddress(rawValue: "ada@example.com"))
    #expect(throws: SetupRefusal.isOver) {
      try SetupRule(reservedFor: ada).check(ada, operatorsExist: true)
    }
  }
}
