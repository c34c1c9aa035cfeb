/// What is known about an account at which somebody tries a password.
struct SignInAttempt: Sendable, Equatable {
  /// The account exists and may sign in on this plane.
  var isKnown: Bool
  /// The password is the account's; false for an unknown account, after a hash for nothing.
  var isPasswordRight: Bool
  var throttle: SignInThrottle

  /// Lets the attempt in, or says why not; the caller is told the same in every case.
  func decide(at now: Micros) throws(SignInFailure) {
    guard isKnown else { throw .unknownAccount }
    guard !throttle.isPaused(at: now) else { throw .paused }
    guard isPasswordRight else { throw .wrongPassword }
  }
}

/// Why a sign-in failed: the reason class in the ledger.
enum SignInFailure: String, Error, Sendable, Equatable {
  case unknownAccount = "unknown_account"
  case wrongPassword = "wrong_password"
  /// Too many failures before this one.
  case paused
  /// The password was right, and the tenant is suspended or gone.
  case tenantBlocked = "tenant_blocked"
}
