/// Timestamps and durations as proto3 JSON writes them (RFC 3339; seconds with an `s`).
enum TimeText {
  /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970.
  static let timestampSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  /// 10000 years either way.
  static let durationSeconds: ClosedRange<Int64> = -315_576_000_000...315_576_000_000

  static func timestamp(seconds: Int64, nanos: Int32) -> String? {
    guard timestampSeconds.contains(seconds), (0..<1_000_000_000).contains(nanos) else {
      return nil
    }
    let (days, second) = seconds.flooredDivision(by: 86_400)
    let date = CivilDate(daysSince1970: days)
    let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
      + "T\(time.joined(separator: ":"))\(fraction(nanos))Z"
  }

  static func duration(seconds: Int64, nanos: Int32) -> String? {
    guard durationSeconds.contains(seconds), nanos.magnitude < 1_000_000_000,
      seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
    else { return nil }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    return "\(sign)\(seconds.magnitude)\(fraction(Int32(nanos.magnitude)))s"
  }

  static func parseTimestamp(_ text: [UInt8]) -> (seconds: Int64, nanos: Int32)? {
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2),
      reader.take("-"), let day = reader.number(2), reader.take("T"),
      let hour = reader.number(2), reader.take(":"), let minute = reader.number(2),
      reader.take(":"), let second = reader.number(2), let nanos = reader.fraction(),
      let offset = reader.zone(), reader.isAtEnd,
      let date = CivilDate(year: year, month: month, day: day),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
    return timestampSeconds.contains(seconds) ? (seconds, nanos) : nil
  }

  static func parseDuration(_ text: [UInt8]) -> (seconds: Int64, nanos: Int32)? {
    var reader = DigitReader(text)
    let sign: Int64 = reader.take("-") ? -1 : 1
    guard let seconds = reader.number(1...12), let nanos = reader.fraction(), reader.take("s"),
      reader.isAtEnd, durationSeconds.contains(seconds)
    else { return nil }
    return (sign * seconds, Int32(sign) * nanos)
  }

  /// The part after the second: nothing, or 3, 6 or 9 digits.
  private static func fraction(_ nanos: Int32) -> String {
    if nanos == 0 { return "" }
    if nanos % 1_000_000 == 0 { return "." + padded(Int64(nanos) / 1_000_000, 3) }
    if nanos % 1000 == 0 { return "." + padded(Int64(nanos) / 1000, 6) }
    return "." + padded(Int64(nanos), 9)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// A day of the Gregorian calendar, counted in years that start in March so that the leap day
/// comes last; 400 such years have 146097 days.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  init?(year: Int64, month: Int64, day: Int64) {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), day >= 1, day <= lengths[Int(month) - 1] else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  init(daysSince1970: Int64) {
    // 719468 days lie between 0000-03-01 and 1970-01-01.
    let (era, dayOfEra) = (daysSince1970 + 719_468).flooredDivision(by: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  }

  var daysSince1970: Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = marchYear.flooredDivision(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Reads the digits and signs of a time.
private struct DigitReader {
  private let text: [UInt8]
  private var offset = 0

  init(_ text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { offset == text.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard offset < text.count, text[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func number(_ digits: Int) -> Int64? { number(digits...digits) }

  mutating func number(_ digits: ClosedRange<Int>) -> Int64? {
    var value: Int64 = 0
    var count = 0
    while count < digits.upperBound, offset < text.count, text[offset] &- 0x30 < 10 {
      value = value * 10 + Int64(text[offset] - 0x30)
      offset += 1
      count += 1
    }
    return digits.contains(count) ? value : nil
  }

  /// Nanoseconds after a point; 0 without one, nil for more than nine digits.
  mutating func fraction() -> Int32? {
    guard take(".") else { return 0 }
    let start = offset
    guard var value = number(1...9) else { return nil }
    for _ in (offset - start)..<9 { value *= 10 }
    return Int32(value)
  }

  /// Seconds east of UTC.
  mutating func zone() -> Int64? {
    if take("Z") { return 0 }
    let sign: Int64
    if take("+") {
      sign = 1
    } else if take("-") {
      sign = -1
    } else {
      return nil
    }
    guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else {
      return nil
    }
    return sign * (hour * 3600 + minute * 60)
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
