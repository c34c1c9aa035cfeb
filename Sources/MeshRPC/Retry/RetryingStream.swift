import Synchronization

/// A call that is made again when an attempt fails before its answer begins (gRFC A6).
///
/// Whoever waits for the answer, or finds while sending that the attempt has ended, makes the next
/// attempt in its own task: a call that succeeds at once needs neither task nor timer.
final class RetryingStream: RepeatedStream {
  private let plan: CallPlan
  private let retryable: Set<StatusCode>
  private let state: Mutex<RetryingState>

  private init(_ plan: CallPlan, _ policy: RetryPolicy?) {
    self.plan = plan
    retryable = policy?.retryableCodes ?? []
    state = Mutex(RetryingState(policy))
  }

  /// Opens a call; without a policy it is repeated only when no handler has seen it.
  static func open(
    _ plan: CallPlan, _ policy: RetryPolicy?
  ) async throws(RPCError) -> RetryingStream {
    let call = RetryingStream(plan, policy)
    do {
      call.settle(.trying(try await plan.open(previous: 0), 0))
    } catch {
      await call.proceed(after: error, orElse: .failed(error))
      if case .failed(let error) = call.state.withLock({ $0.phase }) { throw error }
    }
    return call
  }

  func admit(_ message: WireMessage, isLast: Bool) async throws(RPCError) {
    while true {
      let admission = state.withLock {
        $0.admit(message, isLast: isLast, limit: plan.rules.bufferBytes)
      }
      switch admission {
      case .refuse(let error): throw error
      case .wait: await recovered()
      case .pass(let stream): return try await stream.send(message, isLast: isLast)
      case .overflow(let stream, let attempt):
        commit(attempt)
        return try await stream.send(message, isLast: isLast)
      case .keep(let stream, let attempt):
        do {
          return try await stream.send(message, isLast: isLast)
        } catch {
          // The message is kept: the next attempt, if there is one, sends it.
          await recover(attempt)
          guard state.withLock({ $0.isFinal }) else { return }
          throw error
        }
      }
    }
  }

  func halfClose() {
    let stream = state.withLock { state -> (any ClientStream)? in
      state.buffer.complete()
      return state.stream
    }
    stream?.halfClose()
  }

  func encoded(_ message: WireMessage) async throws(RPCError) -> WireMessage {
    while true {
      switch state.withLock({ $0.phase }) {
      case .trying(let stream, _), .committed(let stream): return try await stream.encoded(message)
      case .failed(let error): throw error
      case .recovering: await recovered()
      }
    }
  }

  /// As `settled`, with one wait where the attempt under way is the last.
  func answer(untouched: Bool) async throws(RPCError) -> UnaryAnswer {
    while true {
      switch state.withLock({ $0.phase }) {
      case .recovering: await recovered()
      case .failed(let error): throw error.triedAll
      case .committed(let stream):
        do {
          return try await stream.answer(untouched: untouched)
        } catch {
          throw error.triedAll
        }
      case .trying(let stream, let attempt):
        do {
          let answer = try await stream.answer(untouched: untouched)
          commit(attempt)
          return answer
        } catch {
          await recover(attempt)
          // The attempt is the call after all, and this is how it ended.
          if case .committed = state.withLock({ $0.phase }) { throw error.triedAll }
        }
      }
    }
  }

  var encoding: MessageEncoding { state.withLock { $0.stream }?.encoding ?? .identity }

  func onEnd(_ observer: @escaping @Sendable (CallEnd) -> Void) {
    let phase = state.withLock { state -> RetryingState.Phase in
      if !state.isFinal { state.observers.append(observer) }
      return state.phase
    }
    switch phase {
    case .committed(let stream): stream.onEnd(observer)
    case .failed(let error): observer(CallEnd(status: Status(error)))
    case .trying, .recovering: break
    }
  }

  func cancel() {
    let (stream, observers, endWait) = state.withLock { $0.cancel() }
    endWait?()
    for observer in observers { stream?.onEnd(observer) }
    stream?.cancel()
  }

  func settled() async throws(RPCError) -> any ClientStream {
    while true {
      switch state.withLock({ $0.phase }) {
      case .committed(let stream): return stream
      case .failed(let error): throw error
      case .recovering: await recovered()
      case .trying(let stream, let attempt):
        if await stream.headers() != nil { commit(attempt) } else { await recover(attempt) }
      }
    }
  }

  /// The attempt's answer is the caller's: there will be no other.
  private func commit(_ attempt: Int) {
    guard let stream = state.withLock({ $0.stream(of: attempt) }) else { return }
    settle(.committed(stream))
  }

  /// Follows up on an attempt that has ended; somebody else may be at it, or have been.
  private func recover(_ attempt: Int) async {
    guard let stream = state.withLock({ $0.beginRecovery(of: attempt) }) else {
      return await recovered()
    }
    let status = await stream.status()
    guard let error = status.error, await stream.headers() == nil else {
      return settle(.committed(stream))
    }
    await proceed(after: error, orElse: .committed(stream))
  }

  /// Makes further attempts until one is under way; when there is none to make, the call's end is
  /// `last`.
  private func proceed(after error: RPCError, orElse last: RetryingState.Phase) async {
    var (error, last) = (error, last)
    while true {
      let failure = AttemptFailure(Status(error), hadHeaders: false)
      let first = state.withLock { $0.machine.policy == nil ? nil : $0.buffer.messages.first }
      let isForbidden = first.map { !plan.rules.mayRepeat(plan.method, $0) } ?? false
      let jitter = plan.rules.jitter()
      let decision = state.withLock { state in
        if isForbidden { state.machine.forbidRepetition() }
        return plan.budget.withTokens {
          state.machine.failed(failure, tokens: &$0, jitter: jitter)
        }
      }
      guard case .retry(let pause, let previous) = decision, plan.isInTime(pause) else {
        return settle(last)
      }
      guard await wait(pause) else {
        return settle(.failed(RPCError(.cancelled, "the call was cancelled")))
      }
      do {
        let stream = try await reopen(previous)
        await state.withLock { $0.buffer }.replay(on: stream)
        return settle(.trying(stream, state.withLock { $0.attempts }))
      } catch let refusal {
        error = refusal
        last = .failed(refusal)
      }
    }
  }

  /// Opens the next attempt, for which the channel may wait long, unless the call is given up.
  ///
  /// In a child task, which runs where this does.
  private func reopen(_ previous: Int) async throws(RPCError) -> any ClientStream {
    typealias Opening = Result<any ClientStream, RPCError>
    let (givenUp, giveUp) = AsyncStream<Never>.makeStream()
    endWait { giveUp.finish() }
    let opening = await withTaskGroup(of: Opening?.self) { [plan] group in
      group.addTask {
        do throws(RPCError) {
          return .success(try await plan.open(previous: previous))
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        for await _ in givenUp {}
        return nil
      }
      var opening: Opening?
      for await event in group {
        // Whichever comes first ends the other.
        group.cancelAll()
        if let event { opening = event }
      }
      return opening
    }
    guard let opening else { throw RPCError(.cancelled, "the call was cancelled") }
    return try opening.get()
  }

  /// From now on `cancel` does this; at once if it has been called.
  private func endWait(_ end: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      state.endWait = end
      return state.isCancelled
    }
    if isCancelled { end() }
  }

  /// Whether the pause ran to its end.
  private func wait(_ pause: Duration) async -> Bool {
    guard pause > .zero else { return !state.withLock { $0.isCancelled } }
    let sleeping = Task { [sleep = plan.rules.pause] in try await sleep(pause) }
    endWait { sleeping.cancel() }
    return await withTaskCancellationHandler {
      if case .success = await sleeping.result { true } else { false }
    } onCancel: {
      sleeping.cancel()
    }
  }

  /// Ends a recovery, or makes the attempt under way the call.
  private func settle(_ phase: RetryingState.Phase) {
    let settled = state.withLock { $0.settle(phase) }
    for waiter in settled.waiters { waiter.resume() }
    switch settled.phase {
    case .trying(let stream, _): if settled.isComplete { stream.halfClose() }
    case .recovering: break
    case .committed(let stream):
      if settled.isComplete { stream.halfClose() }
      plan.count(stream, retryable: retryable)
      for observer in settled.observers { stream.onEnd(observer) }
      if settled.isCancelled { stream.cancel() }
    case .failed(let error):
      for observer in settled.observers { observer(CallEnd(status: Status(error))) }
    }
  }

  /// Waits until nobody works on the next attempt.
  private func recovered() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let isOver = state.withLock { state -> Bool in
          guard case .recovering = state.phase else { return true }
          state.waiters.append(waiter)
          return false
        }
        if isOver { waiter.resume() }
      }
    } onCancel: {
      cancel()
    }
  }
}
