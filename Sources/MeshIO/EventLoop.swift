import CLinux
import Synchronization

/// One thread that waits for descriptors, timers and jobs, and runs everything that belongs to
/// them.
///
/// A loop is a task executor: tasks started with `Task(executorPreference: loop)` or
/// `Task.immediate(executorPreference: loop)` run on its thread, and so do actors whose executor is
/// its ``asUnownedSerialExecutor()``. Each suspension costs one entry in the loop's own queue, and
/// no thread is crossed.
///
/// A turn: wait for events; call their handlers; fire timers; run jobs until none is left (in
/// bounded rounds); run the end-of-turn hooks. What is enqueued on the loop's own thread in a turn
/// therefore runs in that turn and wakes nobody; a job from another thread wakes the loop once, and
/// only when it sleeps.
///
/// Thread: all state but the inbox belongs to the thread inside ``run()``; methods say so when any
/// thread may call.
package final class EventLoop: @unchecked Sendable {
  /// Rounds of jobs and hooks in one turn, before sockets and timers are looked at again.
  private static let roundsPerTurn = 16
  /// How long a stopped loop goes on running what is queued; after that the rest is dropped.
  private static let drainLimit = Duration.seconds(5)
  private static let made = Atomic<Int>(0)

  /// What the loop and its thread are called.
  package let name: String
  /// The loop's place among those that the process has made, from 0.
  package let ordinal: Int
  /// The serial executor of actors that live on the loop.
  package let isolation = LoopIsolation()
  let poller: Poller
  private let inbox = Monitor(LoopInbox())
  private let started = Atomic<Bool>(false)

  var time: MonotonicTime
  /// Whether `resumeNow` waits for the task's job, and that job.
  var isResuming = false
  var resumed: UnownedJob?
  private var jobs: [LoopJob] = []
  private var spareJobs: [LoopJob] = []
  private var hooks: [Callback] = []
  private var spareHooks: [Callback] = []
  var table = RegistrationTable()
  var timers = TimerHeap()
  private var counts = LoopStatistics()

  /// A loop that waits for a thread to call ``run()``; work may be left for it at once.
  ///
  /// - Throws: `IOError.tooManyDescriptors` or what epoll and eventfd refuse with.
  package init(name: String) throws(IOError) {
    self.name = name
    self.poller = try Poller()
    self.ordinal = Self.made.wrappingAdd(1, ordering: .relaxed).oldValue
    self.time = .now()
    isolation.loop = self
  }

  /// The loop that runs on this thread.
  package static var current: EventLoop? {
    guard let pointer = clinux_current_loop() else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// The ordinal of the loop that runs on this thread; nil off the loops.
  package static var currentOrdinal: Int? {
    guard let pointer = clinux_current_loop() else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.ordinal }
  }

  /// When the turn of the loop that runs on this thread began, or the clock off the loops: a moment
  /// that costs nothing to know.
  package static var turnStart: MonotonicTime {
    guard let pointer = clinux_current_loop() else { return .now() }
    return Unmanaged<EventLoop>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.time }
  }

  /// Whether the caller is on this loop's thread.
  package var isCurrent: Bool {
    clinux_current_loop() == UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  /// Ends the process when the caller is not on this loop's thread: a bug that would corrupt memory
  /// otherwise.
  package func preconditionOnLoop() {
    precondition(isCurrent, "called off the event loop")
  }

  /// Runs the loop on the calling thread until ``stop()``.
  ///
  /// Once in the life of a loop.
  package func run() {
    precondition(
      started.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged,
      "an event loop runs once")
    precondition(Self.current == nil, "the thread runs an event loop already")
    clinux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
    clinux_name_thread(name)
    while turn() {}
    windDown()
    clinux_set_current_loop(nil)
  }

  /// Ends the loop from any thread.
  ///
  /// Sockets and timers are dropped: sleeping tasks get `CancellationError`, handlers are released.
  /// What is queued, and what that enqueues, still runs (at most 5 s). Later work is dropped, so
  /// drain connections first.
  package func stop() {
    if inbox.change({ $0.requestStop() }) { poller.wake() }
  }

  /// Runs the work on the loop: in this turn when called on the loop, else as soon as it can.
  ///
  /// Any thread.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    post(.work(work))
  }

  /// Runs the work on the loop and returns its result.
  ///
  /// Any thread or task.
  ///
  /// Never returns when the loop has ended before.
  package func perform<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      execute {
        do throws(Failure) {
          continuation.resume(returning: .success(try work()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  /// Runs the hook once, after this turn's events and jobs and before the loop waits again.
  ///
  /// On the loop.
  ///
  /// Made for flushing output once however many answers a turn produced. Pass a stored closure and
  /// nothing is allocated. A hook may enqueue jobs and further hooks; they run in the next round of
  /// the same turn.
  package func atEndOfTurn(_ hook: @escaping () -> Void) {
    preconditionOnLoop()
    hooks.append(Callback(run: hook))
  }

  func post(_ job: LoopJob) {
    if isCurrent {
      jobs.append(job)
    } else if inbox.change({ $0.add(job) }) {
      poller.wake()
    }
  }

  /// What the loop has done so far.
  ///
  /// On the loop.
  package var statistics: LoopStatistics {
    preconditionOnLoop()
    var result = counts
    result.wakeups = inbox.change { $0.wakeups }
    result.timersWaiting = timers.count
    return result
  }

  /// One turn; false when stop was asked for.
  private func turn() -> Bool {
    let count = poller.wait(milliseconds: pollTimeout())
    time = .now()
    counts.turns += 1
    let stopping = inbox.change { inbox in
      inbox.take(into: &jobs)
      return inbox.isStopping
    }
    guard !stopping else { return false }
    dispatch(count)
    fireTimers()
    for _ in 0..<Self.roundsPerTurn {
      guard runJobs() || runHooks() else { return true }
    }
    // Jobs without end must not hold output back.
    _ = runHooks()
    return true
  }

  private func pollTimeout() -> Int32 {
    guard jobs.isEmpty, hooks.isEmpty, inbox.change({ $0.fallAsleep() }) else { return 0 }
    guard let deadline = timers.earliest else { return -1 }
    let left = (deadline - .now()).wholeNanoseconds
    // Rounded up: waking before the deadline would only make the loop wait again.
    return left <= 0 ? 0 : Int32(clamping: (left - 1) / 1_000_000 + 1)
  }

  private func dispatch(_ count: Int) {
    for index in 0..<count {
      let (key, readiness) = poller.event(index)
      guard key != Poller.wakerKey else { continue }
      let descriptor = Int32(truncatingIfNeeded: key)
      let generation = UInt32(truncatingIfNeeded: key >> 32)
      guard let handler = table.handler(descriptor: descriptor, generation: generation) else {
        continue
      }
      counts.events += 1
      handler.ready(readiness)
    }
  }

  private func fireTimers() {
    // Timers that these timers set wait for the next turn, so a delay of zero cannot hold the loop.
    let limit = timers.nextSequence
    while let work = timers.popDue(time, before: limit) {
      counts.timersFired += 1
      work.run()
    }
  }

  /// Runs one round: the jobs that are queued now.
  ///
  /// False when there were none.
  private func runJobs() -> Bool {
    guard !jobs.isEmpty else { return false }
    // The batch is a local: jobs may enqueue, and elements are released, with no access to our
    // state open.
    var batch = spareJobs
    spareJobs = []
    swap(&batch, &jobs)
    counts.jobs += UInt64(batch.count)
    let isolation = asUnownedSerialExecutor()
    let executor = asUnownedTaskExecutor()
    for job in batch {
      switch job {
      case .task(let job): job.runSynchronously(on: executor)
      case .isolated(let job): job.runSynchronously(isolatedTo: isolation, taskExecutor: executor)
      case .work(let work): work()
      }
    }
    batch.removeAll(keepingCapacity: true)
    spareJobs = batch
    return true
  }

  /// Runs the hooks that are set now.
  ///
  /// False when there were none.
  private func runHooks() -> Bool {
    guard !hooks.isEmpty else { return false }
    var batch = spareHooks
    spareHooks = []
    swap(&batch, &hooks)
    for hook in batch { hook.run() }
    batch.removeAll(keepingCapacity: true)
    spareHooks = batch
    return true
  }

  private func windDown() {
    let limit = MonotonicTime.now() + Self.drainLimit
    repeat {
      let dropped = (timers.removeAll(), table.removeAll())
      withExtendedLifetime(dropped) {}
      while runJobs() || runHooks(), MonotonicTime.now() < limit {}
      inbox.change { $0.take(into: &jobs) }
    } while !hasEnded(abandoning: MonotonicTime.now() >= limit)
  }

  private func hasEnded(abandoning: Bool) -> Bool {
    guard abandoning || (jobs.isEmpty && hooks.isEmpty && timers.count == 0) else { return false }
    return inbox.change { $0.end(abandoning: abandoning) }
  }
}
