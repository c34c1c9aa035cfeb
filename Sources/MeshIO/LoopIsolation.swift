/// The serial executor of a loop, for actors that live there.
///
/// Apart from the loop itself, which is a task executor, because Swift has to know for each job
/// whether it is isolated: a task that ran as isolated to the loop would be queued again at every
/// suspension, to leave the isolation (tried: three jobs in place of one).
package final class LoopIsolation: SerialExecutor, @unchecked Sendable {
  // Set once, by the loop's init; the loop owns us, so it is there as long as we are.
  unowned var loop: EventLoop?

  init() {}

  /// Queues a piece of an actor's work; Swift's runtime calls it, from any thread.
  package func enqueue(_ job: consuming ExecutorJob) {
    loop?.post(.isolated(UnownedJob(job)))
  }

  /// The executor without ownership: the actor has to keep the loop.
  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  /// Lets `assumeIsolated` work in plain callbacks on the loop (SE-0424).
  package func checkIsolated() {
    loop?.preconditionOnLoop()
  }

  /// Says whether the caller is on the loop, in or out of a task (SE-0471).
  package func isIsolatingCurrentContext() -> Bool? {
    loop?.isCurrent
  }
}
