import MeshRPC

/// A load at work: starts calls by the clock or by the answers, and counts what comes of them.
struct LoadRun: Sendable {
  let plan: LoadPlan
  let mix: CallMix
  let ground: LoadGround
  /// Told of the state each second: the seconds since the start, and what there is.
  let progress: (@Sendable (Int, LoadState) -> Void)?
  /// What every call carries.
  private let metadata: Metadata

  /// The most calls that are started before answers are looked at again.
  ///
  /// Where more are due, as after a pause, starting all of them first would only make the answers
  /// to the first ones late.
  private static let startsAtOnce = 64

  /// Calls with the bearer token, if there is one.
  init(
    plan: LoadPlan, mix: CallMix, ground: LoadGround, token: String?,
    progress: (@Sendable (Int, LoadState) -> Void)?
  ) {
    self.plan = plan
    self.mix = mix
    self.ground = ground
    self.progress = progress
    var metadata = Metadata()
    if let token { metadata.add("Bearer \(token)", for: "authorization") }
    self.metadata = metadata
  }

  /// Runs to its end, the answers to the last calls included.
  func run() async -> LoadResult {
    await Task(executorPreference: ground.executor) {
      let start = ground.clock.now()
      let measuredFrom = start + plan.warmUp
      let tally = LoadTally(
        kinds: mix.calls.count, measuredFrom: measuredFrom, inFlightLimit: plan.inFlightLimit)
      let watch = progress.map { progress in
        Task(executorPreference: ground.executor) { await report(tally, from: start, progress) }
      }
      let end = measuredFrom + plan.duration
      switch plan.drive {
      case .rate(let rate): await byClock(Pace(rate: rate, from: start), until: end, tally)
      case .callers(let count): await byAnswers(count, until: end, tally)
      }
      watch?.cancel()
      let state = tally.look()
      return LoadResult(
        state: state, nanoseconds: max(plan.duration, (state.lastEnd ?? 0) - measuredFrom))
    }.value
  }

  /// Starts each call when it is due, however many are open, up to the limit.
  private func byClock(_ pace: Pace, until end: Int64, _ tally: LoadTally) async {
    var pace = pace
    var number = 0
    let idle = IdleCallers()
    while pace.nextDue < end {
      let now = ground.clock.now()
      // What fell due while others ran starts now and is measured from when it was due: a server
      // that stops for a second is not let off the calls of that second.
      for _ in 0..<Self.startsAtOnce {
        guard let intended = pace.take(at: now), intended < end else { break }
        let call = DueCall(number: number, intended: intended)
        number += 1
        guard tally.begin(intended: intended, at: now), !idle.give(call) else { continue }
        // No group: it would look through all open calls for each that ends.
        Task.immediate(executorPreference: ground.executor) { await make(call, idle, tally) }
      }
      // Only a cancelled run stops waiting, and there is none.
      guard (try? await ground.clock.sleep(pace.nextDue)) != nil else { break }
    }
    await tally.idle()
    idle.dismiss()
  }

  /// Makes the call, and then others when they are due.
  private func make(_ first: DueCall, _ idle: IdleCallers, _ tally: LoadTally) async {
    var next: DueCall? = first
    while let call = next {
      await make(call, tally)
      next = await idle.next()
    }
  }

  /// Keeps `count` callers busy, each with one call after the other.
  private func byAnswers(_ count: Int, until end: Int64, _ tally: LoadTally) async {
    await withDiscardingTaskGroup { group in
      for caller in 0..<count {
        group.addTask {
          var number = caller
          while true {
            let now = ground.clock.now()
            guard now < end, tally.begin(intended: now, at: now) else { return }
            await make(DueCall(number: number, intended: now), tally)
            number += count
          }
        }
      }
    }
  }

  private func make(_ due: DueCall, _ tally: LoadTally) async {
    let kind = mix.kind(of: due.number)
    let call = mix.calls[kind]
    let options = CallOptions(metadata: metadata, deadline: .after(plan.callTimeout))
    var received = 0
    let status: StatusCode
    do throws(RPCError) {
      // As services make it: what no handler has seen goes again.
      let answer = try await ground.channels[due.number % ground.channels.count]
        .unary(call.method, call.message, options)
      received = answer.message.payloadSize
      status = .ok
    } catch {
      status = error.code
    }
    tally.end(
      kind: kind, intended: due.intended,
      LoadOutcome(
        status: status, latency: ground.clock.now() - due.intended,
        sentBytes: call.message.payloadSize, receivedBytes: received))
  }

  private func report(
    _ tally: LoadTally, from start: Int64, _ progress: @Sendable (Int, LoadState) -> Void
  ) async {
    var second = 1
    // Ends when the run does, which cancels it.
    while (try? await ground.clock.sleep(start + Int64(second) * 1_000_000_000)) != nil {
      progress(second, tally.look())
      second += 1
    }
  }
}

/// What a load has come to.
struct LoadResult: Sendable {
  let state: LoadState
  /// How long the measured calls took together, from the first's start to the last's end.
  let nanoseconds: Int64

  /// Calls answered each second, failures included.
  var achievedRate: Double { Double(state.total.completed) * 1e9 / Double(nanoseconds) }
}
