extension EventLoop: TaskExecutor {
  /// Queues a piece of a task; Swift's runtime calls it, from any thread.
  package func enqueue(_ job: consuming ExecutorJob) {
    post(.task(UnownedJob(job)))
  }

  /// What an actor that lives on the loop returns as its `unownedExecutor`; the actor has to keep
  /// the loop.
  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    isolation.asUnownedSerialExecutor()
  }
}
