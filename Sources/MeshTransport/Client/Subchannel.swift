import MeshIO
import MeshRPC
import MeshTLS

/// A channel's way to one address: makes its connection, and again after it is lost.
///
/// Thread: the loop's. Keeps its channel, which lets go of it when it closes.
final class Subchannel: @unchecked Sendable {
  let address: SocketAddress
  /// Its number among all that channelz tells of.
  let channelzID: Int64
  /// Its place in the channel; nil once the address is not the channel's any more.
  var slot: Int?
  /// Why the last attempt failed, or the last connection ended.
  private(set) var problem: String?
  private let channel: LoopChannel
  private var machine: SubchannelMachine
  private var connection: ClientConnection?
  private var health: HealthWatch?
  private var random = SystemRandomNumberGenerator()
  /// The attempt under way, and its number: an answer to an earlier one counts no more.
  private var attempt: Task<Void, Never>?
  private var attempts = 0
  private var pauseTimer: TimerHandle?
  /// Its calls.
  private var calls = CallCounts()
  private var trace: ChannelTrace

  init(_ address: SocketAddress, channel: LoopChannel) {
    self.address = address
    self.channel = channel
    channelzID = channel.config.registry.nextID()
    trace = ChannelTrace(limit: channel.config.registry.config.traceEvents, at: channel.loop.now)
    machine = SubchannelMachine(
      backoff: channel.config.backoff, attemptLimit: channel.config.connectTimeout,
      health: channel.config.health)
  }

  private var loop: EventLoop { channel.loop }

  /// Opens a call; nil when the connection takes none, which the channel knows by then.
  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) throws(RPCError) -> ClientCall? {
    guard let connection, let slot, !connection.isFull else { return nil }
    guard let call = try connection.open(method, options, for: self) else {
      // Out of stream ids, or told to go: the calls that are open end by themselves.
      connection.finish("it takes no more calls")
      return nil
    }
    calls.began(at: loop.now)
    channel.callBegan(slot)
    return call
  }

  /// The first of a call's answer has come.
  func callAnswered(since began: MonotonicTime) {
    if let slot { channel.callAnswered(slot, since: began) }
  }

  /// A call is over.
  func callEnded(_ status: Status, since began: MonotonicTime, wasAnswered: Bool) {
    calls.ended(well: status.code == .ok)
    channel.callEnded(slot, status, since: began, wasAnswered: wasAnswered)
  }

  /// A connection is wanted.
  func connect() {
    perform(machine.connect(at: loop.now.nanoseconds))
  }

  private func perform(_ action: SubchannelMachine.Action) {
    switch action {
    case .none: break
    case .connect(let limit): startAttempt(within: limit)
    case .wait(let time):
      pauseTimer = loop.schedule(after: time) { [self] in
        perform(machine.pauseEnded(at: loop.now.nanoseconds))
        tell()
      }
    }
  }

  private func startAttempt(within limit: Duration) {
    attempts += 1
    let number = attempts
    // Before the attempt, which may fail at once: its end must not be told before its beginning.
    tell()
    guard number == attempts else { return }
    let connection = ClientConnection(
      channel.config, address: address, loop: loop, buffers: channel.buffers,
      keepalive: channel.keepalive)
    attempt = Task.immediate(executorPreference: loop) { [self] in
      do throws(LinkEnd) {
        try await connection.connect(within: limit)
        connected(connection, number)
      } catch {
        attemptFailed("cannot connect to \(address): \(error)", number)
      }
    }
  }

  /// No connection is wanted for now.
  func disconnect(_ reason: String) {
    abandonAttempt()
    machine.disconnect()
    let old = takeConnection()
    old?.finish(reason)
    note()
  }

  /// The address is not the channel's any more: open calls go on, and the connection ends with
  /// them.
  func remove() {
    slot = nil
    disconnect("its address is not used any more")
    machine.shutDown()
  }

  private func connected(_ connection: ClientConnection, _ number: Int) {
    guard number == attempts else { return connection.end("it is not needed any more") }
    guard connection.takesCalls else {
      let reason = connection.farewell.map { ": \($0)" } ?? ""
      connection.end("it takes no calls")
      return attemptFailed("\(address) hung up after its greeting\(reason)", number)
    }
    attempt = nil
    problem = nil
    self.connection = connection
    channel.keep(connection)
    // The connection lets go of these when it ends.
    connection.whenGone = { [channel] connection in channel.forget(connection) }
    connection.whenClosing = { [self] connection, reason, pings in
      closing(connection, reason, tooManyPings: pings)
    }
    connection.whenDoubted = { [self] connection, isSilent in
      guard connection === self.connection, let slot else { return }
      channel.doubted(slot, isSilent: isSilent)
    }
    connection.whenFilled = { [self] connection, isFull in
      guard connection === self.connection, let slot else { return }
      channel.filled(slot, isFull: isFull)
    }
    machine.connected()
    channel.config.report(.connected(address))
    if let service = channel.config.health.service { watchHealth(of: service, on: connection) }
    tell()
    if connection.isFull, let slot { channel.filled(slot, isFull: true) }
  }

  private func attemptFailed(_ reason: String, _ number: Int) {
    guard number == attempts else { return }
    attempt = nil
    // Once, and not again with every attempt while the server is down.
    if problem != reason { channel.config.report(.attemptFailed(address, reason: reason)) }
    problem = reason
    perform(machine.attemptFailed(at: loop.now.nanoseconds, &random))
    tell()
  }

  /// The connection takes no more calls.
  private func closing(_ old: ClientConnection, _ reason: String, tooManyPings: Bool) {
    if tooManyPings, let doubled = channel.keepalive?.doubled {
      channel.keepalive = doubled
      channel.config.report(.pingsReduced(address, interval: doubled.time))
    }
    guard old === connection else { return }
    problem = "the connection to \(address) ended: \(reason)"
    channel.config.report(.connectionEnded(address, reason: reason))
    _ = takeConnection()
    perform(machine.connectionEnded(at: loop.now.nanoseconds))
    tell()
  }

  private func watchHealth(of service: String, on connection: ClientConnection) {
    let watch = HealthWatch(service, on: connection, backoff: channel.config.backoff) {
      [self] health in
      healthChanged(health)
    }
    health = watch
    watch.start()
  }

  private func healthChanged(_ health: HealthWatch.Report) {
    let before = (machine.connectivity, machine.isUnwilling)
    machine.healthChanged(isServing: health.isServing)
    if health == .unknown { channel.config.report(.healthUnknown(address)) }
    guard (machine.connectivity, machine.isUnwilling) != before else { return }
    problem = health.problem.map { "\(address) \($0)" }
    channel.config.report(.healthChanged(address, problem: health.problem))
    trace.note(
      health.problem ?? "says that it serves", isWarning: !health.isServing, at: loop.now)
    tell()
    if let slot { channel.healthChanged(slot, isUnwilling: machine.isUnwilling) }
  }

  private func takeConnection() -> ClientConnection? {
    health?.stop()
    health = nil
    defer { connection = nil }
    return connection
  }

  private func abandonAttempt() {
    attempts += 1
    attempt?.cancel()
    attempt = nil
    pauseTimer?.cancel()
    pauseTimer = nil
  }

  private func tell() {
    note()
    if let slot { channel.changed(slot, machine.connectivity) }
  }
}

/// What channelz asks of it.
extension Subchannel {
  var ref: EntityRef { EntityRef(id: channelzID, name: "\(address)") }

  /// How it is now.
  func snapshot() -> ChannelSnapshot {
    ChannelSnapshot(
      ref: ref, target: "\(address)", state: machine.connectivity, calls: calls, trace: trace,
      sockets: connection.map { [$0.ref] } ?? [])
  }

  private func note() { trace.note(machine.connectivity, problem: problem, at: loop.now) }
}
