extension GoogleProtobuf.Timestamp {
  /// Makes a timestamp of microseconds since 1970.
  package init(micros: Int64) {
    self.init()
    let (seconds, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
    self.seconds = rest < 0 ? seconds - 1 : seconds
    nanos = Int32(rest < 0 ? rest + 1_000_000 : rest) * 1000
  }

  /// Microseconds since 1970; finer digits are cut.
  package var micros: Int64 { seconds &* 1_000_000 &+ Int64(nanos / 1000) }
}

extension GoogleProtobuf.Duration {
  /// Makes a duration, cut to nanoseconds.
  package init(_ duration: Swift.Duration) {
    self.init()
    seconds = duration.components.seconds
    nanos = Int32(duration.components.attoseconds / 1_000_000_000)
  }

  /// The duration in Swift's type.
  package var duration: Swift.Duration { .seconds(seconds) + .nanoseconds(Int64(nanos)) }
}
