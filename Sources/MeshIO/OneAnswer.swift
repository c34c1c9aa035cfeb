/// A waiting task's continuation that is always answered: dropped unanswered, it gives the
/// fallback.
///
/// A loop that stops drops its timers and the work left for it. What they hold of this kind tells
/// the tasks. Thread: `give` and the last release happen on one thread at a time; the owner sees to
/// it.
final class OneAnswer<Value: Sendable>: @unchecked Sendable {
  private var continuation: CheckedContinuation<Value, Never>?
  private let fallback: Value

  init(_ continuation: CheckedContinuation<Value, Never>, orElse fallback: Value) {
    self.continuation = continuation
    self.fallback = fallback
  }

  deinit {
    give(fallback)
  }

  /// Resumes the task with the value; the first answer counts.
  ///
  /// True when this was it.
  @discardableResult
  func give(_ value: Value) -> Bool {
    guard let waiting = continuation else { return false }
    continuation = nil
    waiting.resume(returning: value)
    return true
  }
}
