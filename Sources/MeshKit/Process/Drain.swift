package import MeshIO
package import MeshTransport

/// How a process leaves without failing a call.
///
/// First its health says NOT_SERVING, and those who watch it get time to send their calls
/// elsewhere. Then what would never end by itself is ended, it accepts no more connections and
/// says GOAWAY on those it has, in two steps (gRFC A9): calls on their way are still served. It
/// ends with its last call, or after a grace period, which cancels what is left.
package struct Drain: Sendable {
  private let health: Health
  private let servers: [Server]
  private let endings: [@Sendable () -> Void]
  private let propagation: Duration
  private let grace: Duration

  /// Prepares to drain `servers`.
  ///
  /// - Parameters:
  ///   - health: turns NOT_SERVING.
  ///   - servers: end with their last call.
  ///   - endings: end streams that would go on for as long as they are let.
  ///   - propagation: how long those who watch the health may take to act on it.
  ///   - grace: how long calls may take after that.
  package init(
    health: Health, servers: [Server], endings: [@Sendable () -> Void] = [],
    propagation: Duration, grace: Duration
  ) {
    self.health = health
    self.servers = servers
    self.endings = endings
    self.propagation = propagation
    self.grace = grace
  }

  /// Drains; returns when no connection is left.
  package func run(on loop: EventLoop) async {
    health.startDraining()
    // Only a loop that ends, or a caller in a hurry, cuts this short: then there is no need for it.
    try? await loop.sleep(for: propagation)
    health.endWatches()
    for end in endings { end() }
    await withTaskGroup(of: Void.self) { group in
      for server in servers { group.addTask { await server.drain(grace: grace) } }
    }
  }
}
