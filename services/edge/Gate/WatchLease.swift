/// Whether what a watch has told may still be trusted.
///
/// A watched service answers its own callers only when every watcher has acknowledged a change or
/// has let this lease run out, so trusting it a moment longer would be acting on the past.
struct WatchLease: Sendable {
  private var validUntil: ContinuousClock.Instant?

  /// Starts without trust.
  init() {}

  /// A message came, saying how long it may be trusted.
  mutating func renew(for lease: Duration, at now: ContinuousClock.Instant) {
    validUntil = now.advanced(by: lease)
  }

  /// The watch is gone.
  mutating func end() { validUntil = nil }

  /// Whether the watch's word holds at `now`.
  func holds(at now: ContinuousClock.Instant) -> Bool {
    guard let validUntil else { return false }
    return now < validUntil
  }
}
