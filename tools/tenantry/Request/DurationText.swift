/// Lengths of time as people write them: `30d`, `12h`, `1h30m`, `90s`, `250ms`.
enum DurationText {
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ("ms", 1),
  ]

  /// The length in milliseconds; nil when the text is none, or longer than 10000 years.
  static func milliseconds(_ text: String) -> Int64? {
    var total: Int64 = 0
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      let letters = rest.dropFirst(digits.count).prefix { !("0"..."9").contains($0) }
      guard let count = Int64(digits),
        let unit = units.first(where: { $0.suffix == letters })?.milliseconds
      else { return nil }
      let (part, isTooLong) = count.multipliedReportingOverflow(by: unit)
      guard !isTooLong, part <= limit, total + part <= limit else { return nil }
      total += part
      rest = rest.dropFirst(digits.count + letters.count)
    }
    return total
  }

  /// The text for a length of whole seconds, in at most two units: `30d`, `1h30m`.
  static func text(seconds: Int64) -> String {
    guard seconds != 0 else { return "0s" }
    var rest = seconds.magnitude
    var parts: [String] = []
    for (suffix, milliseconds) in units.dropFirst().dropLast() {
      let unit = UInt64(milliseconds / 1000)
      if rest >= unit { parts.append("\(rest / unit)\(suffix)") }
      rest %= unit
    }
    return (seconds < 0 ? "-" : "") + parts.prefix(2).joined()
  }

  /// The text for a length with its fraction: as above from ten seconds on, else `1.25s`, `38ms`,
  /// `0.417ms`.
  static func text(seconds: Int64, nanoseconds: Int64) -> String {
    guard (0..<10).contains(seconds), nanoseconds >= 0, seconds != 0 || nanoseconds != 0 else {
      return text(seconds: seconds)
    }
    let microseconds = (seconds * 1_000_000_000 + nanoseconds) / 1000
    switch microseconds {
    case 1_000_000...: return decimal(microseconds / 10_000, 2) + "s"
    case 10_000...: return "\(microseconds / 1000)ms"
    default: return decimal(microseconds, 3) + "ms"
    }
  }

  /// `number` with so many digits behind the point, without zeros at its end.
  private static func decimal(_ number: Int64, _ digits: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<digits { scale *= 10 }
    let fraction = String(scale + number % scale).dropFirst()
    let kept = String(fraction.reversed().drop { $0 == "0" }.reversed())
    return kept.isEmpty ? "\(number / scale)" : "\(number / scale).\(kept)"
  }

  private static let limit: Int64 = 315_576_000_000_000
}
