import Synchronization

/// The messages that arrive on a call, for exactly one reader.
///
/// The transport delivers, the reader takes; every take is reported back, so that the transport
/// opens the flow-control window only as fast as the reader reads. How much can wait here is
/// bounded by that window.
package final class InboundMessages: MessageSource {
  /// Unpacks one compressed message, or says what is wrong with it.
  package typealias Decoder = @Sendable (WireMessage) async throws(RPCError) -> WireMessage
  /// Unchecked, for every call has room for one; `State` hands it out once.
  private typealias Waiter = UnsafeContinuation<WireMessage?, any Error>

  /// Who waits, while nothing is queued and the end has not come.
  private enum Reader {
    /// For the next message or the end.
    case next(Waiter)
    /// For the end, with the one message that there may be before it.
    case whole(Waiter, WireMessage?)
  }

  /// What the reader gets when it looks.
  private enum Look {
    case message(WireMessage, (any InboundSource)?)
    case ended(RPCError?)
    case nothingYet
  }

  private struct State {
    /// The oldest message; most calls have one each way, and then the queue is never made.
    var first: WireMessage?
    /// Those behind it; the places before `head` are of messages that were taken.
    var queue: [WireMessage?] = []
    var head = 0
    var receivedBytes = 0
    var end: Result<Void, RPCError>?
    var reader: Reader?
    var source: (any InboundSource)?
    /// How compressed messages are compressed; nil until the peer has said so.
    var decoding: (encoding: MessageEncoding, decode: Decoder)?

    var isEmpty: Bool { first == nil && head == queue.count }

    /// The one message of a sequence that has ended, or why it is not one; `nothingYet` before.
    mutating func lookForWhole() -> Look {
      guard head == queue.count else { return .ended(InboundMessages.hadMore) }
      switch end {
      case .success where first == nil: return .ended(InboundMessages.hadNone)
      case .success: return look()
      case .failure(let error): return .ended(error)
      case nil: return .nothingYet
      }
    }

    mutating func add(_ message: WireMessage) {
      if isEmpty { first = message } else { queue.append(message) }
    }

    /// Takes the oldest message of the queue, and its place soon after: a reader may lag behind for
    /// as long as the call lasts, and then the queue is never empty.
    private mutating func takeQueued() -> WireMessage? {
      guard head < queue.count else { return nil }
      let message = queue[head].take()
      head += 1
      if head == queue.count {
        queue.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= InboundMessages.takenPlaces, head * 2 >= queue.count {
        queue.removeFirst(head)
        head = 0
      }
      return message
    }

    mutating func look() -> Look {
      if let message = first {
        first = nil
        return .message(message, source)
      }
      if let message = takeQueued() { return .message(message, source) }
      switch end {
      case .success: return .ended(nil)
      case .failure(let error): return .ended(error)
      case nil: return .nothingYet
      }
    }
  }

  /// Places of messages that were taken which a queue keeps at least.
  private static let takenPlaces = 32

  private let state = Mutex(State())
  private let decoded = Atomic<Int>(0)

  /// Makes an empty queue.
  package init() {}

  /// Tells `source` what the reader does from here on; nil tells nobody.
  ///
  /// A source owns the sequence and is kept by it: it breaks the cycle when its stream has closed.
  package func report(to source: (any InboundSource)?) {
    state.withLock { $0.source = source }
  }

  /// The payloads of all messages that were delivered, in bytes without their heads.
  package var receivedBytes: Int { state.withLock { $0.receivedBytes } }

  /// Whether nothing waits for the reader, so that it is ready for more.
  package var isEmpty: Bool { state.withLock { $0.isEmpty } }

  /// How long the queue is, with the places of messages that were taken and those that are still
  /// held.
  var queueLength: (places: Int, held: Int) {
    state.withLock { ($0.queue.count, $0.queue.count { $0 != nil }) }
  }

  /// How the peer's compressed messages are compressed.
  package var encoding: MessageEncoding { state.withLock { $0.decoding?.encoding ?? .identity } }

  /// How many messages have come compressed and were unpacked.
  package var decodedCount: Int { decoded.load(ordering: .relaxed) }

  /// From now on unpacks compressed messages with `decode`; the peer compresses by `encoding`.
  package func decode(_ encoding: MessageEncoding, with decode: @escaping Decoder) {
    state.withLock { $0.decoding = (encoding, decode) }
  }

  /// Hands a message to the reader; ignored after the end.
  package func deliver(_ message: WireMessage) {
    let (reader, source) = state.withLock { state -> (Reader?, (any InboundSource)?) in
      guard state.end == nil else { return (nil, nil) }
      state.receivedBytes += message.payloadSize
      switch state.reader {
      case nil:
        state.add(message)
        return (nil, nil)
      case .whole(let waiter, nil):
        state.reader = .whole(waiter, message)
        return (nil, state.source)
      case .next, .whole: return (state.reader.take(), state.source)
      }
    }
    source?.taken(message.size)
    switch reader {
    case nil: break
    case .next(let waiter): waiter.resume(returning: message)
    case .whole(let waiter, _): waiter.resume(throwing: Self.hadMore)
    }
  }

  /// Ends the sequence, after what waits, normally or with `error`; the first end counts.
  package func end(_ error: RPCError? = nil) {
    let reader = state.withLock { state -> Reader? in
      guard state.end == nil else { return nil }
      state.end = error.map { .failure($0) } ?? .success(())
      return state.reader.take()
    }
    switch (reader, error) {
    case (nil, _): break
    case (.next(let waiter), let error?), (.whole(let waiter, _), let error?):
      waiter.resume(throwing: error)
    case (.next(let waiter), nil): waiter.resume(returning: nil)
    case (.whole(let waiter, nil), nil): waiter.resume(throwing: Self.hadNone)
    case (.whole(let waiter, let message?), nil): waiter.resume(returning: message)
    }
  }

  /// The one message of a sequence that has ended already, if that is what has arrived and needs no
  /// unpacking; otherwise nothing is taken.
  ///
  /// What most unary calls look like when their handler starts: no need to wait.
  func takeWhole() -> WireMessage? {
    let look = state.withLock { state -> Look in
      guard state.first?.isCompressed == false else { return .nothingYet }
      return state.lookForWhole()
    }
    guard case .message(let message, let source) = look else { return nil }
    source?.taken(message.size)
    return message
  }

  /// The one message of a sequence of exactly one, once the sequence has ended.
  ///
  /// As ``next(untouched:)`` otherwise; throws `UNIMPLEMENTED` when there is none or there are
  /// more (gRPC core, `doc/statuscodes.md`).
  package func whole(untouched: Bool = false) async throws(RPCError) -> WireMessage {
    let message: WireMessage?
    switch state.withLock({ $0.lookForWhole() }) {
    case .message(let first, let source):
      source?.taken(first.size)
      message = first
    case .ended(let error): throw error ?? Self.hadNone
    case .nothingYet: message = try await wait(forWhole: true)
    }
    guard let message else { throw Self.hadNone }
    return message.isCompressed && !untouched ? try await decode(message) : message
  }

  private static let hadNone = RPCError(
    .unimplemented, "the call needs exactly one message and had none")
  private static let hadMore = RPCError(
    .unimplemented, "the call needs exactly one message and had more")

  /// The next message, or nil at the end; throws what the call ended with.
  ///
  /// One reader at a time. A cancelled reader gets `CANCELLED`, and the sequence has ended. A
  /// compressed message is unpacked, and one that cannot be fails the call; `untouched` leaves it
  /// as it is, for a proxy that passes it on.
  package func next(untouched: Bool) async throws(RPCError) -> WireMessage? {
    let message: WireMessage?
    switch state.withLock({ $0.look() }) {
    case .message(let first, let source):
      source?.taken(first.size)
      message = first
    case .ended(let error?): throw error
    case .ended(nil): return nil
    case .nothingYet: message = try await wait(forWhole: false)
    }
    guard let message, message.isCompressed, !untouched else { return message }
    return try await decode(message)
  }

  private func decode(_ message: WireMessage) async throws(RPCError) -> WireMessage {
    guard let decoding = state.withLock({ $0.decoding }) else {
      throw RPCError(.internal, "a compressed message came without grpc-encoding")
    }
    let plain = try await decoding.decode(message)
    decoded.add(1, ordering: .relaxed)
    return plain
  }

  private func wait(forWhole: Bool) async throws(RPCError) -> WireMessage? {
    do {
      return try await withTaskCancellationHandler {
        try await withUnsafeThrowingContinuation { park($0, forWhole: forWhole) }
      } onCancel: {
        end(RPCError(.cancelled, "the call was cancelled"))
        state.withLock { $0.source }?.readerCancelled()
      }
    } catch {
      throw RPCError(thrown: error)
    }
  }

  private func park(_ waiter: Waiter, forWhole: Bool) {
    // A message or the end may have come between the look and the wait: look again.
    let (look, taken, source) = state.withLock { state in
      precondition(state.reader == nil, "a call's messages have one reader")
      let look = forWhole ? state.lookForWhole() : state.look()
      guard case .nothingYet = look else { return (look, WireMessage?.none, state.source) }
      let taken = state.first.take()
      state.reader = forWhole ? .whole(waiter, taken) : .next(waiter)
      return (look, taken, state.source)
    }
    switch look {
    case .message(let message, let source):
      source?.taken(message.size)
      waiter.resume(returning: message)
    case .ended(let error?): waiter.resume(throwing: error)
    case .ended(nil): waiter.resume(returning: nil)
    case .nothingYet: if let taken { source?.taken(taken.size) }
    }
  }
}

/// Where the messages of a call come from.
package protocol InboundSource: AnyObject, Sendable {
  /// The reader has taken a message of this many bytes on the wire, from any thread.
  func taken(_ size: Int)
  /// The reader's task was cancelled while it waited; from any thread.
  func readerCancelled()
}
