import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A channel that watches the health of its servers", .timeLimit(.minutes(1)))
struct HealthTests {
  /// `HealthCheckResponse`, as bytes.
  private static func answer(_ isServing: Bool) -> Text {
    Text(isServing ? "\u{8}\u{1}" : "\u{8}\u{2}")
  }

  private func config(_ replicas: Replicas) -> ChannelConfig {
    var config = ChannelConfig(to: .loopback(port: 1))
    config.target = .addresses(
      replicas.addresses.compactMap { EndpointAddress(parsing: "\($0)") })
    config.balancing = .roundRobin
    config.health = .required(service: "test.Echo")
    return config
  }

  /// Replicas that say of themselves what `said` has last, for each of them.
  private static func router(_ number: Int, _ said: AsyncStream<Bool>) -> Router {
    var router = replica(number)
    router.serverStreaming(HealthProtocol.watch) {
      (_: Text, writer: ResponseWriter<Text>, _: ServerCall) in
      for await isServing in said { try await writer.write(answer(isServing)) }
    }
    return router
  }

  @Test("that prefers those that serve gives no new calls to another, unless nobody serves")
  func preferred() async throws {
    let said = (0..<2).map { _ in AsyncStream<Bool>.makeStream() }
    for (_, say) in said { say.yield(true) }
    try await withReplicas(2) {
      Self.router($0, said[$0].stream)
    } _: { replicas in
      var config = config(replicas)
      config.health = .preferred(service: "")
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      try await replicas.settle(on: ["0", "1"], client)
      said[1].continuation.yield(false)
      try await replicas.settle(on: ["0"], client)
      said[0].continuation.yield(false)
      try await replicas.settle(on: ["0", "1"], client)
      said[1].continuation.yield(true)
      try await replicas.settle(on: ["1"], client)
      said[0].continuation.yield(true)
      try await replicas.settle(on: ["0", "1"], client)
    }
  }

  @Test("that prefers those that serve sends the only server's own answer on")
  func onlyOnePreferred() async throws {
    let (said, say) = AsyncStream<Bool>.makeStream()
    say.yield(false)
    try await withReplicas(1) {
      Self.router($0, said)
    } _: { replicas in
      var config = config(replicas)
      config.health = .preferred(service: "")
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      let answer: Text = try await client.unary(Echo.say, Text(""), .timeout(.seconds(10)))
      #expect(answer == Text("0"))
    }
  }

  @Test("gives no calls to one that does not serve, and gives them back")
  func notServing() async throws {
    let (health, change) = AsyncStream<Bool>.makeStream()
    change.yield(true)
    try await withReplicas(2) { number in
      var router = replica(number)
      router.serverStreaming(HealthProtocol.watch) {
        (request: Text, writer: ResponseWriter<Text>, _: ServerCall) in
        // Field 1 of `HealthCheckRequest`.
        guard request.value == "\n\u{9}test.Echo" else { throw RPCError(.invalidArgument, "asked") }
        guard number == 1 else {
          try await writer.write(Self.answer(true))
          for await _ in AsyncStream<Never>.makeStream().stream {}
          return
        }
        for await isServing in health { try await writer.write(Self.answer(isServing)) }
      }
      return router
    } _: { replicas in
      let client = RPCClient(TransportChannel(config(replicas), loops: replicas.group.loops))
      try await replicas.settle(on: ["0", "1"], client)
      change.yield(false)
      try await replicas.settle(on: ["0"], client)
      change.yield(true)
      try await replicas.settle(on: ["0", "1"], client)
    }
  }

  @Test("fails calls, and says so, while the only server does not serve")
  func onlyOne() async throws {
    try await withReplicas(1) { number in
      var router = replica(number)
      router.serverStreaming(HealthProtocol.watch) {
        (_: Text, writer: ResponseWriter<Text>, _: ServerCall) in
        try await writer.write(Self.answer(false))
        for await _ in AsyncStream<Never>.makeStream().stream {}
      }
      return router
    } _: { replicas in
      let client = RPCClient(TransportChannel(config(replicas), loops: replicas.group.loops))
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client.unary(Echo.say, Text(""), CallOptions())
      }
      #expect(error?.code == .unavailable)
      #expect(error?.message == "\(replicas.addresses[0]) says that it does not serve")
    }
  }

  @Test("says why of a server that cannot be asked")
  func unanswered() async throws {
    try await withReplicas(1) { number in
      var router = replica(number)
      router.serverStreaming(HealthProtocol.watch) {
        (_: Text, _: ResponseWriter<Text>, _: ServerCall) in
        throw RPCError(.permissionDenied, "not you")
      }
      return router
    } _: { replicas in
      let client = RPCClient(TransportChannel(config(replicas), loops: replicas.group.loops))
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client.unary(Echo.say, Text(""), CallOptions())
      }
      #expect(
        error?.message == "\(replicas.addresses[0]) does not tell whether it serves: "
          + "PERMISSION_DENIED: not you")
    }
  }

  @Test("takes a server without the health protocol for one that serves")
  func unimplemented() async throws {
    let (events, event) = AsyncStream<ChannelEvent>.makeStream()
    try await withReplicas(1) { replicas in
      var config = config(replicas)
      config.report = { event.yield($0) }
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      try await replicas.settle(on: ["0"], client)
      var seen = events.makeAsyncIterator()
      #expect(await seen.next() == .connected(replicas.addresses[0]))
      #expect(await seen.next() == .healthUnknown(replicas.addresses[0]))
    }
  }
}
