import Synchronization

/// Makes the writer of an in-process stream wait while its reader is behind.
final class UnreadLimit: InboundSource {
  /// Messages that may wait to be read before the writer does.
  static let messages = 64

  private struct State {
    var unread = 0
    var isOver = false
    var writers: [CheckedContinuation<Void, Never>] = []

    var hasRoom: Bool { isOver || unread <= UnreadLimit.messages }

    mutating func takeWriters() -> [CheckedContinuation<Void, Never>] {
      guard hasRoom else { return [] }
      defer { writers = [] }
      return writers
    }
  }

  private let state = Mutex(State())

  /// A message was written: returns when there is room for the next.
  func written() async {
    state.withLock { $0.unread += 1 }
    guard !state.withLock({ $0.hasRoom }) else { return }
    await withCheckedContinuation { writer in
      let hasRoom = state.withLock { state in
        if !state.hasRoom { state.writers.append(writer) }
        return state.hasRoom
      }
      if hasRoom { writer.resume() }
    }
  }

  /// A message was read.
  func taken(_ size: Int) {
    let writers = state.withLock { state in
      state.unread -= 1
      return state.takeWriters()
    }
    for writer in writers { writer.resume() }
  }

  /// The stream gives the call up then, and so ends this.
  func readerCancelled() {}

  /// The call is over: nobody waits any more.
  func end() {
    let writers = state.withLock { state in
      state.isOver = true
      return state.takeWriters()
    }
    for writer in writers { writer.resume() }
  }
}
