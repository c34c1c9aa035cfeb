import MeshIO
import MeshRPC
import MeshTLS

/// A channel on one loop: its subchannels, the balancer that chooses among them, and the calls
/// that wait.
///
/// Thread: the loop's, after `init`.
final class LoopChannel: @unchecked Sendable {
  /// Where the addresses come from.
  enum Source {
    /// They are always the same.
    case fixed(Result<ResolvedSubsets, RPCError>)
    /// They are what the function says, and what it says when `sourceChanged` is called.
    case table(@Sendable () -> Result<ResolvedSubsets, RPCError>)
    /// They are looked up, and told by `resolved`.
    case resolver(NameResolution)
  }

  let loop: EventLoop
  let config: ChannelConfig
  let buffers = LoopBuffers(recordSize: TLSSession.recordSize)
  let breaker: CircuitBreaker
  /// Set by the channel that makes this, before anybody else sees it.
  var source = Source.fixed(.success([]))
  /// Doubled when a server complains about pings.
  var keepalive: Keepalive.Config?
  /// Every connection that carries something, those that only finish their calls included.
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  private var subchannels: [Subchannel] = []
  /// The attempts that it was given.
  private var calls = CallCounts()
  private var trace: ChannelTrace
  @exclusivity(unchecked) private var balancer: Balancer
  private var waiting = WaitingCalls()
  /// Why there is no endpoint; nil while the first look-up is under way and once there are some.
  private var missing: RPCError?
  private var isAwake = false
  private var isClosed = false
  private var openCalls = 0
  private var lastUse = MonotonicTime(nanoseconds: 0)
  private var attemptTimer: TimerHandle?
  private var sweepTimer: TimerHandle?
  private var idleTimer: TimerHandle?

  init(_ config: ChannelConfig, breaker: CircuitBreaker, loop: EventLoop) {
    self.config = config
    self.breaker = breaker
    self.loop = loop
    trace = ChannelTrace(limit: config.registry.config.traceEvents, at: .now())
    keepalive = config.keepalive
    balancer = Balancer(
      config.balancing, outliers: config.outliers, seed: .random(in: .min ... .max))
  }

  /// Opens a call on an endpoint of the balancer's choice; waits while connections are made.
  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> ClientCall {
    if let deadline = options.deadline, deadline.remaining <= .zero {
      throw RPCError(.deadlineExceeded, "the deadline has passed")
    }
    calls.began(at: loop.now)
    guard breaker.enter() else {
      calls.ended(well: false)
      throw breaker.refusal
    }
    do throws(RPCError) {
      if let call = try openNow(method, options) { return call }
      return try await openLater(method, options)
    } catch {
      breaker.leave()
      calls.ended(well: false)
      throw error
    }
  }

  /// Makes a call of one request on an endpoint of the balancer's choice.
  func exchange(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions, untouched: Bool
  ) async -> UnaryOutcome {
    do {
      return await (try open(method, options)).exchange(request, untouched: untouched)
    } catch {
      return UnaryOutcome(refused: error)
    }
  }

  /// Opens the call; nil when it has to wait.
  private func openNow(
    _ method: MethodDescriptor, _ options: CallOptions
  ) throws(RPCError) -> ClientCall? {
    // Each endpoint may turn out to take no calls, which tells the balancer.
    for _ in 0...subchannels.count {
      switch balancer.pick(key: options.routingKey.map(Balancer.key), at: loop.now.nanoseconds) {
      case .endpoint(let slot):
        if let call = try subchannels[slot].open(method, options) { return call }
      case .wait:
        guard !isClosed else { throw RPCError(.unavailable, "the channel is closed") }
        guard balancer.connectivity == .idle else { return nil }
        wake()
        if balancer.connectivity != .ready { return try checked(options) }
      case .fail: return try checked(options)
      }
    }
    return try checked(options)
  }

  /// Opens the call once something has changed, those first that came first.
  private func openLater(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> ClientCall {
    let number = waiting.nextNumber()
    while true {
      try await waitForChange(number, options)
      do throws(RPCError) {
        guard let call = try openNow(method, options) else { continue }
        tellNext()
        return call
      } catch {
        tellNext()
        throw error
      }
    }
  }

  /// Lets the next waiting call look: there may be room for more than the one that was told of it,
  /// and that one may not have been able to take it.
  private func tellNext() {
    if balancer.takesCalls { waiting.endFirst() }
  }

  /// Whether the call may wait for something better than what there is.
  private func checked(_ options: CallOptions) throws(RPCError) -> ClientCall? {
    guard !isClosed else { throw RPCError(.unavailable, "the channel is closed") }
    let isHopeless =
      subchannels.isEmpty ? missing != nil : balancer.connectivity == .transientFailure
    guard isHopeless, options.waitForReady != true else { return nil }
    throw unreachable
  }

  private var unreachable: RPCError {
    let problems = subchannels.compactMap(\.problem)
    guard let last = problems.last else {
      return missing ?? RPCError(.unavailable, "no endpoint is ready", reach: .client)
    }
    let text =
      subchannels.count == 1
      ? last : "none of \(subchannels.count) endpoints can be reached; the last: \(last)"
    return RPCError(.unavailable, text, reach: .client)
  }

  private func waitForChange(_ number: Int, _ options: CallOptions) async throws(RPCError) {
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let timer = options.deadline.map { deadline in
          loop.schedule(after: deadline.remaining) { [weak self] in
            self?.waiting.end(number, .expired)
          }
        }
        waiting.add(number, waiter, timer)
      }
    } onCancel: {
      loop.execute { [self] in waiting.end(number, .cancelled) }
    }
    switch outcome {
    case .changed: break
    case .cancelled: throw RPCError(.cancelled, "the call was cancelled", reach: .client)
    case .expired:
      let reason =
        balancer.connectivity == .ready
        ? "every server was at its limit of streams"
        : "no endpoint was ready: \(unreachable.message)"
      throw RPCError(
        .deadlineExceeded, "the deadline has passed while \(reason)", reach: .client)
    }
  }

  /// Makes connections, because there is a call.
  private func wake() {
    guard !isAwake, !isClosed else { return perform(balancer.wake()) }
    isAwake = true
    lastUse = loop.now
    startIdleTimer()
    switch source {
    case .fixed(let result): resolved(result)
    case .table(let read): resolved(read())
    case .resolver: resolve()
    }
    perform(balancer.wake())
    note()
    startSweeping()
  }

  /// The table of names says something else.
  func sourceChanged() {
    guard isAwake, case .table(let read) = source else { return }
    resolved(read())
  }

  /// The addresses are these now; after a failure the old ones stay.
  func resolved(_ result: Result<ResolvedSubsets, RPCError>) {
    guard !isClosed else { return }
    switch result {
    case .success(let subsets):
      missing = nil
      rearrange(subsets)
    case .failure(let error):
      config.report(.unresolved(reason: error.message))
      trace.note(error.message, isWarning: true, at: loop.now)
      if case .table = source { rearrange([]) }
      if subchannels.isEmpty { missing = error }
    }
    settled()
  }

  private func rearrange(_ subsets: ResolvedSubsets) {
    let old = subchannels
    var rest: [SocketAddress: Int] = [:]
    for (slot, subchannel) in old.enumerated() { rest[subchannel.address] = slot }
    var (new, before, subset): ([Subchannel], [Int?], [Int]) = ([], [], [])
    var seen: Set<SocketAddress> = []
    for (index, part) in subsets.enumerated() {
      for address in part.addresses where new.count < config.endpoints {
        guard seen.insert(address).inserted else { continue }
        let slot = rest.removeValue(forKey: address)
        new.append(slot.map { old[$0] } ?? Subchannel(address, channel: self))
        before.append(slot)
        subset.append(index)
      }
    }
    for (slot, subchannel) in new.enumerated() { subchannel.slot = slot }
    subchannels = new
    let actions = balancer.rearrange(
      before, subset: subset, weights: subsets.map(\.weight), at: loop.now.nanoseconds)
    for slot in rest.values { old[slot].remove() }
    perform(actions)
    startSweeping()
  }

  /// A subchannel stands differently.
  func changed(_ slot: Int, _ connectivity: ConnectivityState) {
    guard !isClosed else { return }
    perform(balancer.changed(slot, connectivity))
    settled()
  }

  /// A ready subchannel lets calls expire without a word, or has spoken again.
  func doubted(_ slot: Int, isSilent: Bool) {
    balancer.doubted(slot, isSilent: isSilent)
    let address = subchannels[slot].address
    config.report(isSilent ? .fellSilent(address) : .spoke(address))
  }

  /// A ready subchannel says whether it serves.
  func healthChanged(_ slot: Int, isUnwilling: Bool) {
    balancer.healthChanged(slot, isUnwilling: isUnwilling)
  }

  /// A ready subchannel has as many calls as its server allows, or has room again.
  func filled(_ slot: Int, isFull: Bool) {
    balancer.filled(slot, isFull: isFull)
    if !isFull { waiting.endFirst() }
  }

  private func perform(_ actions: [Balancer.Action]) {
    for action in actions {
      switch action {
      case .connect(let slot): subchannels[slot].connect()
      case .disconnect(let slot): subchannels[slot].disconnect("it is not needed any more")
      case .resolve: resolve()
      case .startTimer(let time):
        attemptTimer?.cancel()
        attemptTimer = loop.schedule(after: time) { [weak self] in
          guard let self else { return }
          perform(balancer.timerFired())
        }
      }
    }
  }

  private func resolve() {
    guard case .resolver(let resolution) = source else { return }
    if resolution.loop === loop { return resolution.wanted() }
    resolution.loop.execute { resolution.wanted() }
  }

  /// Lets waiting calls look again.
  private func settled() {
    note()
    if balancer.connectivity != .connecting || missing != nil { waiting.endAll() }
  }

  /// Ends all connections; open calls fail, and new ones too.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    for timer in [attemptTimer, sweepTimer, idleTimer] { timer?.cancel() }
    let old = subchannels
    subchannels = []
    _ = balancer.rearrange([], subset: [], weights: [], at: loop.now.nanoseconds)
    for subchannel in old { subchannel.remove() }
    note()
    for connection in connections.values { connection.end("the channel was closed") }
    waiting.endAll()
  }
}

/// What subchannels and their calls report.
extension LoopChannel {
  func keep(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = connection
  }

  func forget(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  func callBegan(_ slot: Int) {
    openCalls += 1
    balancer.began(slot)
  }

  func callAnswered(_ slot: Int, since began: MonotonicTime) {
    let now = loop.now.nanoseconds
    balancer.answered(slot, after: now - began.nanoseconds, at: now)
  }

  /// A call is over; `slot` is nil when its endpoint is not the channel's any more.
  func callEnded(_ slot: Int?, _ status: Status, since began: MonotonicTime, wasAnswered: Bool) {
    breaker.leave()
    calls.ended(well: status.code == .ok)
    openCalls -= 1
    lastUse = loop.now
    guard let slot else { return }
    let now = lastUse.nanoseconds
    let isEjected = balancer.ended(
      slot, status.code, silence: wasAnswered ? nil : now - began.nanoseconds,
      pushback: status.code == .resourceExhausted ? Self.pushback(status) : nil, at: now)
    if isEjected { config.report(.ejected(subchannels[slot].address)) }
  }

  private static func pushback(_ status: Status) -> Duration? {
    guard let text = status.trailers.first("grpc-retry-pushback-ms"), let time = Int64(text),
      time >= 0
    else { return nil }
    return .milliseconds(time)
  }
}

/// What happens by the clock.
extension LoopChannel {
  private func startSweeping() {
    guard isAwake, sweepTimer == nil, let interval = balancer.sweepInterval else { return }
    sweepTimer = loop.schedule(after: interval) { [weak self] in
      guard let self else { return }
      sweepTimer = nil
      let verdict = balancer.sweep(at: loop.now.nanoseconds)
      for slot in verdict.ejected { config.report(.ejected(subchannels[slot].address)) }
      for slot in verdict.returned { config.report(.returned(subchannels[slot].address)) }
      startSweeping()
    }
  }

  private func startIdleTimer() {
    guard let limit = config.idleTimeout else { return }
    let left = limit - (loop.now - lastUse)
    idleTimer = loop.schedule(after: max(left, .milliseconds(1))) { [weak self] in
      self?.idleTimerFired(limit)
    }
  }

  private func idleTimerFired(_ limit: Duration) {
    guard openCalls == 0, waiting.isEmpty else {
      lastUse = loop.now
      return startIdleTimer()
    }
    guard loop.now - lastUse >= limit else { return startIdleTimer() }
    isAwake = false
    sweepTimer?.cancel()
    sweepTimer = nil
    attemptTimer?.cancel()
    perform(balancer.sleep())
    note()
  }
}

/// What channelz asks of it.
extension LoopChannel {
  private var connectivity: ConnectivityState { isClosed ? .shutdown : balancer.connectivity }

  /// How it is now, as part of the channel that is called so.
  func snapshot(_ ref: EntityRef) -> ChannelSnapshot {
    ChannelSnapshot(
      ref: ref, target: ref.name, state: connectivity, calls: calls, trace: trace,
      subchannels: subchannels.map(\.ref))
  }

  /// One of its ways; nil when the id is another's.
  func subchannelSnapshot(_ id: Int64) -> ChannelSnapshot? {
    subchannels.first { $0.channelzID == id }?.snapshot()
  }

  /// One of its connections; nil when the id is another's.
  func socketSnapshot(_ id: Int64) -> SocketSnapshot? {
    connections.values.first { $0.channelzID == id }?.snapshot()
  }

  private func note() { trace.note(connectivity, at: loop.now) }
}
