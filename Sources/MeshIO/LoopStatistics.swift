/// What a loop has done since it started; for metrics.
package struct LoopStatistics: Sendable, Equatable {
  /// Times the loop has waited and gone round.
  package var turns: UInt64 = 0
  /// Readiness reports that reached a handler.
  package var events: UInt64 = 0
  /// Jobs run: pieces of tasks and executed work.
  package var jobs: UInt64 = 0
  /// Timers that fired.
  package var timersFired: UInt64 = 0
  /// Timers that wait now.
  package var timersWaiting: Int = 0
  /// Times another thread had to wake the loop.
  package var wakeups: UInt64 = 0
}
