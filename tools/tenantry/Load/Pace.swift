/// When the calls of an open loop are due: at a constant rate, whatever the server does.
struct Pace: Sendable, Equatable {
  private let start: Int64
  private let rate: Double
  private var issued = 0

  /// `rate` calls each second from `start` on, in nanoseconds.
  init(rate: Double, from start: Int64) {
    self.rate = rate
    self.start = start
  }

  /// When the next call is due.
  ///
  /// Counted from the start each time, so that no rounding adds up.
  var nextDue: Int64 { start + Int64(Double(issued) * 1e9 / rate) }

  /// The moment at which the next call was due, if that has come.
  mutating func take(at now: Int64) -> Int64? {
    let due = nextDue
    guard due <= now else { return nil }
    issued += 1
    return due
  }
}
