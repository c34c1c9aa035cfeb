/// How long sessions live, in microseconds.
struct SessionLimits: Sendable, Equatable {
  /// From sign-in, whatever happens.
  var absolute: Micros
  /// From the last call.
  var idle: Micros
}

/// The times of one session, and what follows from them.
struct SessionLife: Sendable, Equatable {
  let startedAt: Micros
  let lastSeenAt: Micros
  /// When somebody ended it; nil while nobody has.
  let endedAt: Micros?
  /// When it ends whatever the limits say; nil for a session of a sign-in.
  var fixedEnd: Micros?

  /// When it ends by itself: at its absolute limit, or unused; a token at the end it was made with.
  func expiry(_ limits: SessionLimits) -> Micros {
    fixedEnd ?? min(startedAt + limits.absolute, lastSeenAt + limits.idle)
  }

  /// Whether its token is good at `now`.
  func isLive(at now: Micros, _ limits: SessionLimits) -> Bool {
    endedAt == nil && now < expiry(limits)
  }

  /// Whether a call at `now` is worth writing down: a sixtieth of the idle limit has passed since
  /// the last one that was, so a busy session costs no write for each call.
  func isDueToBeTouched(at now: Micros, _ limits: SessionLimits) -> Bool {
    now - lastSeenAt >= limits.idle / 60
  }
}
