/// `grpc-timeout`: at most eight digits and one unit (gRPC over HTTP/2, "Timeout").
package enum GRPCTimeout {
  /// Reads a timeout; nil when it is malformed.
  package static func parse(_ text: String) -> Duration? {
    guard let unit = text.utf8.last, (2...9).contains(text.utf8.count) else { return nil }
    var value: Int64 = 0
    for digit in text.utf8.dropLast() {
      guard (48...57).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - 48)
    }
    switch unit {
    case UInt8(ascii: "H"): return .seconds(value * 3600)
    case UInt8(ascii: "M"): return .seconds(value * 60)
    case UInt8(ascii: "S"): return .seconds(value)
    case UInt8(ascii: "m"): return .milliseconds(value)
    case UInt8(ascii: "u"): return .microseconds(value)
    case UInt8(ascii: "n"): return .nanoseconds(value)
    default: return nil
    }
  }

  /// Writes a timeout in the finest unit that fits eight digits; a past deadline is `1n`.
  package static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0, duration > .zero else { return "1n" }
    let limit: Int64 = 99_999_999
    if seconds == 0, attoseconds / 1_000_000_000 <= limit {
      return "\(max(1, attoseconds / 1_000_000_000))n"
    }
    if seconds < 100 { return "\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)u" }
    if seconds < 100_000 { return "\(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)m" }
    if seconds <= limit { return "\(seconds)S" }
    return "\(min(seconds / 3600, limit))H"
  }
}
