import Glibc

/// Microseconds since 1970-01-01T00:00:00Z: the one form of time in storage, events and domains.
package typealias Micros = Int64

/// The wall clock and its text form.
package enum Timestamps {
  /// Now, by the wall clock.
  package static func now() -> Micros {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  /// RFC 3339 in UTC with microseconds, for example `2026-11-20T11:00:00.000001Z`.
  package static func rfc3339(_ micros: Micros) -> String {
    var seconds = time_t(micros / 1_000_000)
    var fraction = micros % 1_000_000
    if fraction < 0 {
      fraction += 1_000_000
      seconds -= 1
    }
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let year = pad(Int(parts.tm_year) + 1900, 4)
    let date = "\(year)-\(pad(Int(parts.tm_mon) + 1))-\(pad(Int(parts.tm_mday)))"
    let time = "\(pad(Int(parts.tm_hour))):\(pad(Int(parts.tm_min))):\(pad(Int(parts.tm_sec)))"
    return "\(date)T\(time).\(pad(Int(fraction), 6))Z"
  }

  /// Reads RFC 3339 with `Z` or an offset; nil when it is none.
  ///
  /// Digits beyond microseconds are cut.
  package static func parse(_ text: String) -> Micros? {
    var scanner = TimestampScanner(Array(text.utf8))
    guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2, 1...12),
      scanner.take("-"), let day = scanner.number(2, 1...31), scanner.take("T"),
      let hour = scanner.number(2, 0...23), scanner.take(":"),
      let minute = scanner.number(2, 0...59), scanner.take(":"),
      let second = scanner.number(2, 0...60), let fraction = scanner.fraction(),
      let offset = scanner.offset(), scanner.isAtEnd
    else { return nil }
    var parts = tm()
    parts.tm_year = Int32(year - 1900)
    parts.tm_mon = Int32(month - 1)
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    let seconds = timegm(&parts)
    // timegm turns the 31st of a short month into the next month: that is no date.
    guard parts.tm_mday == Int32(day) || second == 60 else { return nil }
    return (Int64(seconds) - Int64(offset) * 60) * 1_000_000 + Int64(fraction)
  }

  private static func pad(_ value: Int, _ width: Int = 2) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// Reads the parts of a timestamp from left to right.
private struct TimestampScanner {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { index == bytes.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  mutating func number(_ width: Int, _ bounds: ClosedRange<Int> = 0...9999) -> Int? {
    guard index + width <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[index..<index + width] {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 48)
    }
    index += width
    return bounds.contains(value) ? value : nil
  }

  /// Microseconds behind an optional point.
  mutating func fraction() -> Int? {
    guard take(".") else { return 0 }
    var value = 0
    var digits = 0
    while index < bytes.count, (48...57).contains(bytes[index]) {
      if digits < 6 { value = value * 10 + Int(bytes[index] - 48) }
      digits += 1
      index += 1
    }
    guard digits > 0 else { return nil }
    for _ in min(digits, 6)..<6 { value *= 10 }
    return value
  }

  /// Minutes east of Greenwich.
  mutating func offset() -> Int? {
    if take("Z") { return 0 }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2, 0...23), take(":"), let minutes = number(2, 0...59)
    else { return nil }
    return sign * (hours * 60 + minutes)
  }
}
