import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// Which server a load is for.
enum LoadTarget: Sendable, Equatable {
  /// The edge, with its TLS and a session's token.
  case mesh(Endpoint)
  /// Any gRPC server by its addresses, such as `ipv4:127.0.0.1:50051,127.0.0.1:50052`: in the
  /// clear, or by TLS where an authority is named.
  case address(String, authority: String?)

  /// For people.
  var description: String {
    switch self {
    case .mesh(let endpoint): "\(endpoint.server)"
    case .address(let text, _): text
    }
  }

  /// The bearer token to send; nil for none.
  var token: String? {
    if case .mesh(let endpoint) = self { endpoint.token } else { nil }
  }
}

/// The clock that paces a load, in nanoseconds from anywhere.
struct LoadClock: Sendable {
  var now: @Sendable () -> Int64
  /// Returns at the moment, or soon where that has passed, after what else is to be done; throws
  /// once the task is cancelled.
  var sleep: @Sendable (_ until: Int64) async throws -> Void
}

/// What a load runs on: connections, a clock, and where its tasks run.
struct LoadGround: Sendable {
  let channels: [any Channel]
  let clock: LoadClock
  /// Nil for wherever Swift runs tasks.
  let executor: (any TaskExecutor)?

  /// Opens the plan's connections to `target` on one loop; they connect at their first call.
  ///
  /// `report` hears what becomes of them, a line at a time.
  static func open(
    _ target: LoadTarget, _ plan: LoadPlan, _ report: @escaping @Sendable (String) -> Void
  ) async throws(Failure) -> LoadGround {
    var config: ChannelConfig
    switch target {
    case .mesh(let endpoint): config = try MeshConnection.config(endpoint)
    case .address(let text, let authority): config = try Self.config(text, authority)
    }
    config.connectTimeout = min(config.connectTimeout, plan.callTimeout)
    config.concurrentCalls = plan.inFlightLimit
    config.report = { event in report("\(event)") }
    let loops = try MeshConnection.startLoop()
    return LoadGround(
      channels: (0..<plan.connections).map { _ in TransportChannel(config, loops: loops) },
      clock: clock(on: loops[0]), executor: loops[0])
  }

  /// Calls to several addresses are spread over them as our services spread theirs.
  private static func config(
    _ text: String, _ authority: String?
  ) throws(Failure) -> ChannelConfig {
    let target = try self.target(text)
    let tls = try authority.map { path throws(Failure) in
      try MeshConnection.context(trust: .only(.file(path)))
    }
    var config = ChannelConfig(target: target, tls: tls, serverName: host(of: target))
    config.keepalive = .mesh
    return config
  }

  /// Reads what a channel may lead to, but for names that only a mesh knows.
  static func target(_ text: String) throws(Failure) -> Target {
    let target: Target
    do throws(NamingError) {
      target = try Target(parsing: text)
    } catch {
      throw .usage(
        "--target: \(error)", notes: ["such as ipv4:127.0.0.1:50051, dns:host:443 or unix:/path"])
    }
    if case .mesh = target { throw .usage("--target: mesh: names are for processes of a mesh") }
    return target
  }

  /// What a certificate must be for.
  private static func host(of target: Target) -> String {
    switch target {
    case .dns(let host, _): host
    case .addresses(let addresses):
      if case .ip(let address, _) = addresses.first { address } else { "localhost" }
    case .mesh(let name): name
    }
  }

  /// The loop's timers are good to a millisecond, which would be most of what a fast server takes:
  /// the last two are waited for by letting the loop turn, again and again.
  private static func clock(on loop: EventLoop) -> LoadClock {
    LoadClock(
      now: { MonotonicTime.now().nanoseconds },
      sleep: { moment in
        let rest = moment - MonotonicTime.now().nanoseconds - 2_000_000
        if rest > 0 { try await loop.sleep(for: .nanoseconds(rest)) }
        repeat {
          try Task.checkCancellation()
          await turn(loop)
        } while MonotonicTime.now().nanoseconds < moment
      })
  }

  /// Returns in the loop's next turn, when it has read what has come and before it sends what that
  /// led to; called on the loop.
  ///
  /// Not `Task.yield()`, which comes back many times in a turn, in which nothing is read nor sent.
  private static func turn(_ loop: EventLoop) async {
    await withUnsafeContinuation { waiter in
      _ = loop.schedule(after: .zero) { loop.resumeNow(waiter, returning: ()) }
    }
  }
}
