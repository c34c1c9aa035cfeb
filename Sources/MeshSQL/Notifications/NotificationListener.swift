import MeshIO

/// Listens on one connection for all subscriptions of a database, and again after each loss.
///
/// Confined to its loop; the database holds it to get there, hence `@unchecked Sendable`.
final class NotificationListener: ConnectionOwner, @unchecked Sendable {
  private struct Channel {
    var subscriptions: [WeakSubscription] = []
    /// Whether the server has confirmed `LISTEN` on the present connection.
    var isListening = false
  }

  private struct WeakSubscription {
    weak var value: Subscription?
  }

  let loop: EventLoop
  private let config: DatabaseConfig
  private let target: ConnectionTarget
  private var reconnection: Reconnection
  private var connection: Connection?
  private var channels: [String: Channel] = [:]
  private var isShutDown = false

  init(loop: EventLoop, config: DatabaseConfig, target: ConnectionTarget) {
    self.loop = loop
    self.config = config
    self.target = target
    reconnection = Reconnection(config)
  }

  /// Makes a subscription; any thread.
  func subscribe(to channel: String) -> Notifications {
    // PostgreSQL cuts longer names off, and nobody would ever hear anything.
    precondition(
      (1...63).contains(channel.utf8.count) && !channel.utf8.contains(0), "a channel's name")
    let subscription = Subscription(limit: config.notificationBuffer) { [weak self] in
      guard let self else { return }
      loop.execute { self.prune(channel) }
    }
    loop.execute { self.add(subscription, to: channel) }
    return Notifications(subscription: subscription)
  }

  func shutDown() {
    isShutDown = true
    for channel in channels.values {
      for subscription in channel.subscriptions { subscription.value?.end() }
    }
    channels = [:]
    connection?.close(.closed)
  }

  private func add(_ subscription: Subscription, to name: String) {
    guard !isShutDown else { return subscription.end() }
    let isNew = channels[name] == nil
    channels[name, default: Channel()].subscriptions.append(WeakSubscription(value: subscription))
    if isNew {
      listen(to: name)
    } else if channels[name]?.isListening == true {
      subscription.push(.gap)
    }
    connect()
  }

  /// Forgets subscriptions that nobody reads any more, and the channel with the last of them.
  private func prune(_ name: String) {
    channels[name]?.subscriptions.removeAll { $0.value == nil }
    guard let channel = channels[name], channel.subscriptions.isEmpty else { return }
    channels[name] = nil
    guard let connection, connection.phase == .ready else { return }
    connection.submit(Ticket(.atomic, Self.command("UNLISTEN", name), isLeased: true))
    if channels.isEmpty { connection.close(.closed) }
  }

  private func listen(to name: String) {
    guard let connection, connection.phase == .ready else { return }
    connection.submit(
      Ticket(.atomic, Self.command("LISTEN", name), isLeased: true, channel: name))
  }

  private static func command(_ verb: String, _ channel: String) -> SQL {
    "\(unescaped: verb) \(identifier: channel)"
  }

  private func connect() {
    guard connection == nil, !isShutDown, !channels.isEmpty, reconnection.retryAt == nil else {
      return
    }
    let connection = Connection(id: 0, loop: loop, config: config, role: .listening, owner: self)
    self.connection = connection
    connection.start(target)
  }

  func connectionReady(_ connection: Connection) {
    for name in channels.keys { listen(to: name) }
  }

  func connectionClosed(_ connection: Connection, _ error: SQLError) {
    guard connection === self.connection else { return }
    self.connection = nil
    for name in channels.keys { channels[name]?.isListening = false }
    guard !isShutDown, !channels.isEmpty else { return }
    reconnection.failed(error.reason, now: loop.now, jitter: .random(in: 0...1))
    let pause = (reconnection.retryAt ?? loop.now) - loop.now
    _ = loop.schedule(after: pause) { [weak self] in
      guard let self else { return }
      reconnection.tick(now: loop.now)
      connect()
    }
  }

  func answered(_ ticket: Ticket, on connection: Connection) {
    ticket.finish()
    guard let channel = ticket.channel else { return }
    guard ticket.error == nil else {
      return connection.close(.unavailable("cannot listen to \(channel)"))
    }
    reconnection.succeeded()
    channels[channel]?.isListening = true
    push(.gap, to: channel)
  }

  func notified(channel: String, payload: String) {
    push(.message(payload), to: channel)
  }

  private func push(_ notification: Notification, to name: String) {
    guard let channel = channels[name] else { return }
    for subscription in channel.subscriptions { subscription.value?.push(notification) }
  }
}
