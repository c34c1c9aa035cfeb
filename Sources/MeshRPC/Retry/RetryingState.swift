/// Where a call stands that may be made again; its transitions, without waiting.
struct RetryingState {
  /// How far the call has come.
  enum Phase {
    /// The attempt with this number is under way. Next: `recovering`, `committed`.
    case trying(any ClientStream, Int)
    /// The attempt has failed, and somebody works on the next. Next: `trying`, `committed`,
    /// `failed`.
    case recovering
    /// The attempt is the call. Final.
    case committed(any ClientStream)
    /// The call failed and no attempt could tell how. Final.
    case failed(RPCError)
  }

  /// What to do with a message.
  enum Admission {
    /// Send it; if that fails, see what becomes of the call.
    case keep(any ClientStream, Int)
    /// Send it after making this attempt the call: it is too much to be kept.
    case overflow(any ClientStream, Int)
    /// Send it.
    case pass(any ClientStream)
    /// Ask again after the recovery.
    case wait
    /// There is no call any more.
    case refuse(RPCError)
  }

  /// What a new phase brings for others to do.
  struct Settled {
    var phase: Phase
    var waiters: [CheckedContinuation<Void, Never>]
    var observers: [@Sendable (CallEnd) -> Void]
    var isComplete: Bool
    var isCancelled: Bool
  }

  private(set) var phase = Phase.recovering
  /// How many attempts have been under way.
  private(set) var attempts = 0
  private(set) var isCancelled = false
  var machine: RetryMachine
  var buffer = ReplayBuffer()
  var observers: [@Sendable (CallEnd) -> Void] = []
  var waiters: [CheckedContinuation<Void, Never>] = []
  /// Ends the wait for the next attempt, while there is one.
  var endWait: (@Sendable () -> Void)?

  init(_ policy: RetryPolicy?) { machine = RetryMachine(policy) }

  var isFinal: Bool {
    switch phase {
    case .trying, .recovering: false
    case .committed, .failed: true
    }
  }

  /// The attempt to which everything that is sent goes.
  var stream: (any ClientStream)? {
    switch phase {
    case .trying(let stream, _), .committed(let stream): stream
    case .recovering, .failed: nil
    }
  }

  /// The attempt under way, if it is the one with this number.
  func stream(of attempt: Int) -> (any ClientStream)? {
    guard case .trying(let stream, attempt) = phase else { return nil }
    return stream
  }

  mutating func admit(_ message: WireMessage, isLast: Bool, limit: Int) -> Admission {
    switch phase {
    case .committed(let stream): return .pass(stream)
    case .failed(let error): return .refuse(error)
    case .recovering: return .wait
    case .trying(let stream, let attempt):
      guard buffer.append(message, isLast: isLast, limit: limit) else {
        return .overflow(stream, attempt)
      }
      return .keep(stream, attempt)
    }
  }

  /// Takes the work on the next attempt, unless somebody else has it or had it.
  mutating func beginRecovery(of attempt: Int) -> (any ClientStream)? {
    guard let stream = stream(of: attempt) else { return nil }
    phase = .recovering
    return stream
  }

  mutating func settle(_ next: Phase) -> Settled {
    switch next {
    // Given up while the attempt was being made: it is the call only to be cancelled.
    case .trying(let stream, _) where isCancelled: phase = .committed(stream)
    default: phase = next
    }
    if case .trying = phase { attempts += 1 }
    let settled = Settled(
      phase: phase, waiters: waiters, observers: isFinal ? observers : [],
      isComplete: buffer.isComplete, isCancelled: isCancelled)
    waiters = []
    endWait = nil
    if isFinal {
      observers = []
      buffer = ReplayBuffer()
    }
    return settled
  }

  mutating func cancel() -> (
    (any ClientStream)?, [@Sendable (CallEnd) -> Void], (@Sendable () -> Void)?
  ) {
    isCancelled = true
    switch phase {
    case .recovering: return (nil, [], endWait)
    case .failed: return (nil, [], nil)
    case .committed(let stream): return (stream, [], nil)
    case .trying(let stream, _):
      phase = .committed(stream)
      defer { observers = [] }
      return (stream, observers, nil)
    }
  }
}
