import Synchronization

/// A call of one request that is made again while its answer is awaited (gRFC A6).
///
/// The first attempt begins at once. Whoever waits for the answer begins the others, as children of
/// its own task; the first answer that begins is the call's, and the other attempts are cancelled.
final class HedgedStream: RepeatedStream {
  private enum Phase {
    /// The request is being sent on the first attempt, which may have failed to open. Next:
    /// `racing`, `committed`, `failed`.
    case requesting(Result<any ClientStream, RPCError>)
    /// Somebody waits for the attempts' first answer. Next: `committed`, `failed`.
    case racing
    /// The attempt is the call. Final.
    case committed(any ClientStream)
    /// The call failed and no attempt could tell how. Final.
    case failed(RPCError)
  }

  /// What may happen during a race.
  private enum Event {
    /// The attempt's answer has begun.
    case answered(any ClientStream)
    /// An attempt has failed; the phase is the call's if no other attempt is made.
    case failed(RPCError, Phase)
    /// The timer with this number has run down.
    case timer(Int)
    /// The call has been given up.
    case givenUp
  }

  private struct State {
    var phase: Phase
    var request = ReplayBuffer()
    /// The attempts that there are, for whoever gives the call up.
    var attempts: [any ClientStream] = []
    var isCancelled = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var observers: [@Sendable (CallEnd) -> Void] = []

    var isOpen: Bool {
      switch phase {
      case .requesting, .racing: true
      case .committed, .failed: false
      }
    }

    mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
      defer { waiters = [] }
      return waiters
    }
  }

  private let plan: CallPlan
  private let policy: HedgingPolicy
  private let state: Mutex<State>
  /// Ends when the call is given up: a race may wait for a delay and for endpoints alone.
  private let (givenUp, giveUp) = AsyncStream<Never>.makeStream()

  /// Opens the first attempt; a failure to do so counts as the attempt's.
  init(_ plan: CallPlan, _ policy: HedgingPolicy) async {
    self.plan = plan
    self.policy = policy
    do throws(RPCError) {
      let first = try await plan.open(previous: 0)
      state = Mutex(State(phase: .requesting(.success(first)), attempts: [first]))
    } catch {
      state = Mutex(State(phase: .requesting(.failure(error))))
    }
  }

  func encoded(_ message: WireMessage) async throws(RPCError) -> WireMessage {
    let phase = state.withLock { $0.phase }
    switch phase {
    case .requesting(.success(let stream)), .committed(let stream):
      return try await stream.encoded(message)
    case .requesting(.failure(let error)), .failed(let error): throw error
    case .racing: throw RPCError(.unimplemented, "the call needs exactly one message and had more")
    }
  }

  func admit(_ message: WireMessage, isLast: Bool) async throws(RPCError) {
    let limit = plan.rules.bufferBytes
    let (phase, isKept) = state.withLock { state in
      (
        state.phase,
        state.request.messages.isEmpty && state.isOpen
          && state.request.append(message, isLast: isLast, limit: limit)
      )
    }
    switch phase {
    case .failed(let error): throw error
    case .committed(let stream): try await stream.send(message, isLast: isLast)
    case .requesting(.success(let first)) where isKept:
      do throws(RPCError) {
        try await first.send(message, isLast: isLast)
      } catch {
        // The attempt has ended: whoever waits for the answer learns how.
      }
      if isLast { wake() }
    case .requesting(.success(let first)):
      // Too much to be kept: the attempt is the call.
      settle(.committed(first))
      try await first.send(message, isLast: isLast)
    case .requesting(.failure(let error)):
      guard isKept else {
        settle(.failed(error))
        throw error
      }
      if isLast { wake() }
    case .racing: throw RPCError(.unimplemented, "the call needs exactly one message and had more")
    }
  }

  func halfClose() {
    let stream = state.withLock { state -> (any ClientStream)? in
      state.request.complete()
      switch state.phase {
      case .requesting(.success(let stream)), .committed(let stream): return stream
      case .requesting(.failure), .racing, .failed: return nil
      }
    }
    stream?.halfClose()
    wake()
  }

  func answer(untouched: Bool) async throws(RPCError) -> UnaryAnswer {
    do throws(RPCError) {
      return try await settled().answer(untouched: untouched)
    } catch {
      throw error.triedAll
    }
  }

  var encoding: MessageEncoding {
    if case .committed(let stream) = state.withLock({ $0.phase }) {
      stream.encoding
    } else {
      .identity
    }
  }

  func onEnd(_ observer: @escaping @Sendable (CallEnd) -> Void) {
    let phase = state.withLock { state -> Phase in
      if state.isOpen { state.observers.append(observer) }
      return state.phase
    }
    switch phase {
    case .committed(let stream): stream.onEnd(observer)
    case .failed(let error): observer(CallEnd(status: Status(error)))
    case .requesting, .racing: break
    }
  }

  func cancel() {
    let (phase, attempts) = state.withLock { state in
      state.isCancelled = true
      return (state.phase, state.attempts)
    }
    if case .requesting = phase {
      let error = RPCError(.cancelled, "the call was cancelled")
      settle(attempts.first.map { .committed($0) } ?? .failed(error))
    }
    for attempt in attempts { attempt.cancel() }
    giveUp.finish()
  }

  func settled() async throws(RPCError) -> any ClientStream {
    while true {
      let (phase, isMine) = state.withLock { state -> (Phase, Bool) in
        guard case .requesting = state.phase, state.request.isComplete else {
          return (state.phase, false)
        }
        defer { state.phase = .racing }
        return (state.phase, true)
      }
      switch phase {
      case .committed(let stream): return stream
      case .failed(let error): throw error
      case .requesting(let first) where isMine: settle(await race(first))
      case .requesting, .racing: await changed()
      }
    }
  }

  /// Runs the attempts until one answers or the policy gives up.
  private func race(_ first: Result<any ClientStream, RPCError>) async -> Phase {
    await withTaskGroup(of: Event.self) { group in
      var machine = HedgingMachine(policy)
      var step = machine.begin()
      step.start = nil
      group.addTask { [self] in await watch(first) }
      group.addTask { [givenUp] in
        for await _ in givenUp {}
        return .givenUp
      }
      var timers = 0
      let cancelled = Phase.failed(RPCError(.cancelled, "the call was cancelled"))
      var last = cancelled
      while true {
        if let previous = step.start { group.addTask { [self] in await attempt(previous) } }
        if let pause = step.timer {
          timers += 1
          let number = timers
          group.addTask { [self] in await timer(number, pause) }
        }
        guard !step.givesUp, !state.withLock({ $0.isCancelled }), let event = await group.next()
        else { break }
        switch event {
        case .answered(let stream):
          last = .committed(stream)
          step = HedgingMachine.Step(givesUp: true)
        case .failed(let error, let phase):
          last = phase
          let failure = AttemptFailure(Status(error), hadHeaders: false)
          step = plan.budget.withTokens { machine.failed(failure, tokens: &$0) }
        case .timer(let number):
          // A timer that another has replaced means nothing.
          step =
            number == timers
            ? plan.budget.withTokens { machine.timerFired(tokens: $0) } : HedgingMachine.Step()
        case .givenUp:
          last = cancelled
          step = HedgingMachine.Step(givesUp: true)
        }
      }
      group.cancelAll()
      for await event in group {
        if case .answered(let loser) = event { loser.cancel() }
      }
      return last
    }
  }

  private func attempt(_ previous: Int) async -> Event {
    do throws(RPCError) {
      let stream = try await plan.open(previous: previous)
      let request = state.withLock { state -> ReplayBuffer? in
        guard !state.isCancelled else { return nil }
        state.attempts.append(stream)
        return state.request
      }
      if let request {
        await request.replay(on: stream)
        if request.messages.isEmpty { stream.halfClose() }
      } else {
        stream.cancel()
      }
      return await watch(.success(stream))
    } catch {
      return .failed(error, .failed(error))
    }
  }

  private func watch(_ attempt: Result<any ClientStream, RPCError>) async -> Event {
    switch attempt {
    case .failure(let error): return .failed(error, .failed(error))
    case .success(let stream):
      guard await stream.headers() == nil, let error = await stream.status().error else {
        return .answered(stream)
      }
      return .failed(error, .committed(stream))
    }
  }

  private func timer(_ number: Int, _ pause: Duration) async -> Event {
    // Cancelled when the race is over; then nobody heeds it.
    try? await plan.rules.pause(pause)
    return .timer(number)
  }

  private func settle(_ phase: Phase) {
    let (waiters, observers) = state.withLock { state in
      state.phase = phase
      defer {
        state.attempts = []
        state.observers = []
        state.request = ReplayBuffer()
      }
      return (state.takeWaiters(), state.observers)
    }
    for waiter in waiters { waiter.resume() }
    switch phase {
    case .committed(let stream):
      plan.count(stream, retryable: policy.nonFatalCodes)
      for observer in observers { stream.onEnd(observer) }
    case .failed(let error):
      for observer in observers { observer(CallEnd(status: Status(error))) }
    case .requesting, .racing: break
    }
  }

  private func wake() {
    for waiter in state.withLock({ $0.takeWaiters() }) { waiter.resume() }
  }

  /// Waits until the request is complete or the race is over.
  private func changed() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let isOver = state.withLock { state -> Bool in
          switch state.phase {
          case .requesting where !state.request.isComplete, .racing:
            state.waiters.append(waiter)
            return false
          case .requesting, .committed, .failed: return true
          }
        }
        if isOver { waiter.resume() }
      }
    } onCancel: {
      cancel()
    }
  }
}
