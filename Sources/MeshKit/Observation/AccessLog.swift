package import MeshRPC
import Synchronization

/// One line for each call that has ended, as long as the second has lines left.
///
/// Method, status, time, bytes, peer, caller and ids: no bodies, no tokens, no headers.
package final class AccessLog: Sendable {
  /// Lines in one second: so many for calls that succeeded, and as many again for those that did
  /// not, so that failures are not drowned.
  package let limit: Int
  private let log: Log
  private let level: Log.Level
  private let now: @Sendable () -> Micros
  private let budget: Mutex<LineBudget>

  /// Writes lines of `level` to `log`.
  package init(
    _ log: Log, level: Log.Level, limit: Int,
    now: @escaping @Sendable () -> Micros = Timestamps.now
  ) {
    self.log = log
    self.level = level
    self.limit = limit
    self.now = now
    budget = Mutex(LineBudget(limit: limit))
  }

  /// Whether anything is written at all.
  package var isOn: Bool { limit > 0 && log.writes(level) }

  /// Calls that got no line.
  package var skipped: Int { budget.withLock { $0.skipped } }

  /// Whether a call that ended so gets a line; one that does not is counted.
  package func claim(_ code: StatusCode) -> Bool {
    let second = now() / 1_000_000
    return budget.withLock { $0.claim(isFailure: code != .ok, second: second) }
  }

  /// Writes the line of a call that has one.
  package func write(_ record: CallRecord) {
    log(
      level, "call",
      [
        "path": String(record.path.prefix(200)), "status": record.code.name,
        "duration_us": "\(record.nanoseconds / 1000)", "sent_bytes": "\(record.sentBytes)",
        "received_bytes": "\(record.receivedBytes)", "peer": record.peer,
        "caller": record.callerID, "tenant": record.tenantID, "request_id": record.requestID,
        "trace_id": record.traceID,
      ])
  }
}

/// How many lines a second has left.
struct LineBudget: Sendable {
  private let limit: Int
  private var second: Int64 = .min
  private var succeeded = 0
  private var failed = 0
  /// Calls that got no line, since the start.
  private(set) var skipped = 0

  init(limit: Int) { self.limit = limit }

  /// Takes a line of this second; false when there is none left.
  mutating func claim(isFailure: Bool, second: Int64) -> Bool {
    if second != self.second {
      self.second = second
      succeeded = 0
      failed = 0
    }
    guard (isFailure ? failed : succeeded) < limit else {
      skipped += 1
      return false
    }
    if isFailure { failed += 1 } else { succeeded += 1 }
    return true
  }
}
