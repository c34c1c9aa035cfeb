extension EventLoop: TaskExecutor {
  /// Queues a piece of a task; Swift's runtime calls it, from any thread.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // In this order: the flag is the loop's alone.
    if isCurrent, isResuming {
      isResuming = false
      resumed = job
    } else {
      post(.task(job))
    }
  }

  /// Resumes a task that waits and prefers this loop, and runs it here and now until it waits
  /// again, instead of later in the turn.
  ///
  /// On the loop.
  package func resumeNow<Value>(
    _ waiter: UnsafeContinuation<Value, Never>, returning value: sending Value
  ) {
    preconditionOnLoop()
    isResuming = true
    waiter.resume(returning: value)
    isResuming = false
    resumed.take()?.runSynchronously(on: asUnownedTaskExecutor())
  }

  /// What an actor that lives on the loop returns as its `unownedExecutor`; the actor has to keep
  /// the loop.
  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    isolation.asUnownedSerialExecutor()
  }
}
