/// A moment in PostgreSQL's own resolution: microseconds since 1970-01-01T00:00:00Z.
///
/// `Int64.max` and `Int64.min` are `infinity` and `-infinity`.
package struct SQLTimestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  package var microseconds: Int64

  /// PostgreSQL counts from 2000-01-01T00:00:00Z.
  private static let epoch: Int64 = 946_684_800_000_000

  /// Takes microseconds since 1970-01-01T00:00:00Z.
  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Reads PostgreSQL's wire value; nil when it lies outside what `Int64` holds from 1970.
  init?(wire: Int64) {
    guard wire != .max, wire != .min else {
      microseconds = wire
      return
    }
    let (sum, overflow) = wire.addingReportingOverflow(Self.epoch)
    guard !overflow else { return nil }
    microseconds = sum
  }

  /// The wire value; a moment before PostgreSQL's first becomes `-infinity`.
  var wire: Int64 {
    guard microseconds != .max, microseconds != .min else { return microseconds }
    let (difference, overflow) = microseconds.subtractingReportingOverflow(Self.epoch)
    return overflow ? .min : difference
  }

  /// Earlier compares less.
  package static func < (left: Self, right: Self) -> Bool {
    left.microseconds < right.microseconds
  }
}
