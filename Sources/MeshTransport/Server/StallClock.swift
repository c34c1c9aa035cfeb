import MeshIO

/// Notices that something which should move stands still.
struct StallClock {
  private let limit: Duration
  private var progress: UInt64 = 0
  private var since: MonotonicTime?

  /// Allows standing still for `limit`.
  init(limit: Duration) {
    self.limit = limit
  }

  /// Looks, being told whether there is anything to move and a count that changes with each move:
  /// whether nothing has moved since a look at least `limit` ago.
  mutating func isStalled(isWaiting: Bool, progress: UInt64, at now: MonotonicTime) -> Bool {
    guard isWaiting, let since, progress == self.progress else {
      self.progress = progress
      since = isWaiting ? now : nil
      return false
    }
    return now >= since + limit
  }
}
