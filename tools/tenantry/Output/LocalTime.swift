import Glibc

/// Moments as people read them: in their own time zone, to the second.
enum LocalTime {
  /// For example `2026-11-20 12:03:59`.
  static func text(seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    // localtime_r alone need not look at TZ (localtime(3)).
    tzset()
    localtime_r(&time, &parts)
    let date = "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
    return "\(date) \(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
  }

  private static func padded(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
