import MeshAPI
import MeshRPC

/// Calls methods by their descriptors, message bytes in, message bytes out.
struct MeshClient: Sendable {
  /// How often a call is made at most.
  static let attemptLimit = 4

  /// What a call answered.
  struct Answer: Sendable {
    let message: [UInt8]
    let headers: Metadata
  }

  let endpoint: Endpoint
  private let channel: any Channel
  private let deadline: Deadline
  private let pause: @Sendable (Duration) async throws -> Void

  /// A client of the mesh at `endpoint`; it gives up `timeout` from now, whatever it calls.
  init(_ endpoint: Endpoint, timeout: Duration, _ world: World) async throws(Failure) {
    self.endpoint = endpoint
    channel = try await world.connect(endpoint, timeout)
    deadline = .after(timeout)
    pause = world.pause
  }

  /// Calls a method that the policy table knows, as often as its policy allows.
  ///
  /// Calls that cannot be repeated safely are made once. Before a repetition it waits, as long as
  /// the server asks for or else longer each time.
  func call(_ policy: MethodPolicy, _ request: [UInt8]) async throws(Failure) -> Answer {
    let attempts = policy.retry == .never ? 1 : Self.attemptLimit
    var wait = Duration.milliseconds(100)
    var attempt = 1
    while true {
      do throws(CallError) {
        return try await once(policy.method, request)
      } catch {
        let delay = error.details.retryDelay ?? wait
        guard error.mayPass, attempt < attempts, delay < deadline.remaining, await paused(delay)
        else { throw error.failure(at: endpoint) }
        wait *= 4
        attempt += 1
      }
    }
  }

  /// Throws where the method wants somebody signed in and nobody is; nobody is called for that.
  static func requireSession(for policy: MethodPolicy, at endpoint: Endpoint) throws(Failure) {
    let needsSession = policy.access == .permission || policy.access == .signedIn
    if needsSession, endpoint.token == nil { throw Self.notSignedIn(to: endpoint.server) }
  }

  /// What a person without a session is told.
  static func notSignedIn(to server: ServerAddress) -> Failure {
    Failure(
      .notSignedIn, "not signed in to \(server)",
      notes: ["sign in: tenantry sign-in --email <you>"])
  }

  /// Calls a method once.
  func once(
    _ method: MethodDescriptor, _ request: [UInt8]
  ) async throws(CallError) -> Answer {
    let stream: any ClientStream
    do {
      stream = try await channel.open(method, options)
    } catch {
      throw CallError(error, reachedServer: error.code != .unavailable)
    }
    do throws(RPCError) {
      try await stream.sendLast(WireMessage(payload: request))
      let wire = try await stream.next()
      // The end of the messages, and with it the outcome.
      if wire != nil { _ = try await stream.next() }
      if let error = await stream.status().error { throw error }
      guard let wire else { throw RPCError(.internal, "the server answered nothing") }
      return Answer(
        message: wire.withPayload { Array($0) }, headers: await stream.headers() ?? [:])
    } catch {
      throw CallError(error, reachedServer: true)
    }
  }

  /// Calls a method that streams its answer, once, and hands on each message as it comes.
  func stream(
    _ policy: MethodPolicy, _ request: [UInt8],
    take: ([UInt8]) throws(Failure) -> Void
  ) async throws(Failure) {
    let stream: any ClientStream
    do {
      stream = try await channel.open(policy.method, options)
    } catch {
      throw CallError(error, reachedServer: error.code != .unavailable).failure(at: endpoint)
    }
    do {
      try await stream.sendLast(WireMessage(payload: request))
      while let message = try await stream.next() {
        try take(message.withPayload { Array($0) })
      }
      if let error = await stream.status().error { throw error }
    } catch {
      stream.cancel()
      if let error = error as? Failure { throw error }
      throw CallError(RPCError(thrown: error), reachedServer: true).failure(at: endpoint)
    }
  }

  /// Who calls, and until when.
  private var options: CallOptions {
    var metadata = Metadata()
    if let token = endpoint.token { metadata.add("Bearer \(token)", for: "authorization") }
    return CallOptions(metadata: metadata, deadline: deadline)
  }

  private func paused(_ delay: Duration) async -> Bool {
    // A run that was cancelled meanwhile makes no further attempt.
    (try? await pause(delay)) != nil
  }
}
