package import MeshIO

/// Waits for the signal to end, which supervisors and terminals send.
package enum StopSignal {
  /// Answers SIGTERM or SIGINT, whichever comes first; SIGTERM when the task is cancelled.
  package static func wait(on loop: EventLoop) async throws(IOError) -> Signal {
    let (signals, arrive) = AsyncStream<Signal>.makeStream()
    let source = try SignalSource([.terminate, .interrupt], on: loop) { arrive.yield($0) }
    defer { source.close() }
    for await signal in signals { return signal }
    return .terminate
  }
}
