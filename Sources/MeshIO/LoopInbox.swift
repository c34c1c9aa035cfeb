/// Something that a loop has to run.
enum LoopJob: Sendable {
  /// A piece of a task that prefers the loop.
  case task(UnownedJob)
  /// A piece of an actor that lives on the loop.
  case isolated(UnownedJob)
  /// A closure.
  case work(@Sendable () -> Void)
}

/// What other threads have left for the loop, and whether the loop sleeps.
///
/// The loop announces its sleep before it waits; the first job after that, and no other, has to
/// wake it.
struct LoopInbox {
  /// Running may become stopping, stopping may become ended.
  private enum Phase {
    case running
    case stopping
    case ended
  }

  private var jobs: [LoopJob] = []
  private var asleep = false
  private var phase = Phase.running
  /// How often somebody had to wake the loop.
  private(set) var wakeups: UInt64 = 0

  /// Stop was asked for.
  var isStopping: Bool { phase != .running }

  /// Leaves a job and says whether the caller must wake the loop.
  ///
  /// After the end the job is dropped.
  mutating func add(_ job: LoopJob) -> Bool {
    guard phase != .ended else { return false }
    jobs.append(job)
    return rouse()
  }

  /// Asks the loop to stop and says whether the caller must wake it.
  mutating func requestStop() -> Bool {
    guard phase == .running else { return false }
    phase = .stopping
    return rouse()
  }

  /// Announces that the loop is about to wait; false when there is something to do instead.
  mutating func fallAsleep() -> Bool {
    guard jobs.isEmpty, phase == .running else { return false }
    asleep = true
    return true
  }

  /// The loop is up again: appends what was left to its own queue.
  mutating func take(into queue: inout [LoopJob]) {
    asleep = false
    guard !jobs.isEmpty else { return }
    queue.append(contentsOf: jobs)
    jobs.removeAll(keepingCapacity: true)
  }

  /// Closes the inbox, once it is empty or when the loop will not wait any longer.
  mutating func end(abandoning: Bool) -> Bool {
    guard jobs.isEmpty || abandoning else { return false }
    phase = .ended
    jobs = []
    return true
  }

  private mutating func rouse() -> Bool {
    guard asleep else { return false }
    asleep = false
    wakeups += 1
    return true
  }
}
