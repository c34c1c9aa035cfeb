import MeshIO
import MeshRPC

/// The tasks that run the handlers of a loop's calls, kept from one call to the next.
///
/// Making a task and ending it costs more than all else between a small call's request and its
/// handler.
///
/// Thread: the loop's.
final class HandlerTasks: @unchecked Sendable {
  /// Tasks that wait for a call at most; the others end with theirs.
  private static let idleLimit = 256

  let loop: EventLoop
  private var idle: [HandlerTask] = []
  private var isClosed = false

  init(loop: EventLoop) {
    self.loop = loop
  }

  /// Runs the handler of a call, here and now until it waits for the first time.
  func run(_ stream: ServerStream) {
    let task = idle.popLast() ?? HandlerTask(self)
    stream.handler = task
    task.run(stream)
  }

  /// Takes a task that waits; false when it should end instead.
  func keep(_ task: HandlerTask) -> Bool {
    guard !isClosed, idle.count < Self.idleLimit else { return false }
    idle.append(task)
    return true
  }

  /// Ends the tasks that wait, and keeps none any more.
  func close() {
    isClosed = true
    let ending = idle
    idle = []
    for task in ending { task.end() }
  }
}

/// A task that runs one handler after the other.
///
/// Thread: the loop's.
final class HandlerTask: @unchecked Sendable {
  private let tasks: HandlerTasks
  /// Unchecked, because every call has one; `run` and `end` take it out.
  private var waiter: UnsafeContinuation<ServerStream?, Never>?
  private var task: Task<Void, Never>?
  /// A cancelled task stays so, and cannot run another call.
  private var isCancelled = false

  init(_ tasks: HandlerTasks) {
    self.tasks = tasks
  }

  /// Runs the handler of a call until it waits for the first time.
  func run(_ stream: ServerStream) {
    if let waiter = waiter.take() { return tasks.loop.resumeNow(waiter, returning: stream) }
    task = Task.immediate(executorPreference: tasks.loop) { [self] in
      var next: ServerStream? = stream
      while let stream = next.take() {
        await stream.takeCall()?.serve()
        stream.served()
        next = await nextStream()
      }
      task = nil
    }
    // The handler may have been cancelled before there was a task to tell.
    if isCancelled { task?.cancel() }
  }

  /// Cancels the handler that runs.
  func cancel() {
    isCancelled = true
    task?.cancel()
  }

  /// Ends the task, which waits.
  func end() {
    if let waiter = waiter.take() { tasks.loop.resumeNow(waiter, returning: nil) }
  }

  private func nextStream() async -> ServerStream? {
    guard !isCancelled, tasks.keep(self) else { return nil }
    return await withUnsafeContinuation { waiter = $0 }
  }
}
