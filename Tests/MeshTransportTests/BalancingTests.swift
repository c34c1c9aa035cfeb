import MeshIO
import MeshRPC
import Synchronization
import Testing

@testable import MeshTransport

/// Servers that each answer `Say` with their number, and can be stopped one by one.
struct Replicas {
  let group: EventLoopGroup
  let servers: [Server]
  let addresses: [SocketAddress]

  /// Calls until every one of the replicas in `wanted` has answered, and nobody else any more.
  func settle(on wanted: Set<String>, _ client: RPCClient) async throws {
    var streak: [String] = []
    while Set(streak.suffix(20)) != wanted || streak.count < 20 {
      let answer: Text = try await client.unary(Echo.say, Text(""), .timeout(.seconds(10)))
      streak.append(answer.value)
    }
  }
}

func withReplicas(
  _ count: Int, router: @Sendable (Int) -> Router = replica,
  _ body: (Replicas) async throws -> Void
) async throws {
  let group = try EventLoopGroup(count: 1, name: "replicas")
  try group.start()
  var (servers, addresses): ([Server], [SocketAddress]) = ([], [])
  for number in 0..<count {
    let router = router(number)
    let server = Server(
      ServerConfig(endpoints: [.init(.loopback(port: 0), tls: nil)], limits: .trusted),
      loops: group.loops, router: router)
    addresses += try await server.start()
    servers.append(server)
  }
  let result: Result<Void, any Error>
  do {
    result = .success(
      try await body(Replicas(group: group, servers: servers, addresses: addresses)))
  } catch {
    result = .failure(error)
  }
  for server in servers { await server.stop() }
  await group.stop()
  try result.get()
}

/// The services of the replica with this number.
@Sendable func replica(_ number: Int) -> Router {
  var router = Router()
  router.unary(Echo.say) { (_: Text, _: ServerCall) -> Text in Text("\(number)") }
  router.bidirectional(Echo.chat) {
    (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, call: ServerCall) in
    for try await request in requests { try await writer.write(Text("\(number) \(request.value)")) }
  }
  return router
}

/// Something that is on until a test turns it off.
final class Switch: Sendable {
  let isOn = Atomic(true)
}

@Suite("A channel over several replicas", .timeLimit(.minutes(1)))
struct BalancingTests {
  private func config(_ replicas: Replicas) -> ChannelConfig {
    var config = ChannelConfig(to: .loopback(port: 1))
    config.target = .addresses(
      replicas.addresses.compactMap { EndpointAddress(parsing: "\($0)") })
    // By load, a single caller stays where it is quickest.
    config.balancing = .roundRobin
    return config
  }

  private func say(_ client: RPCClient, _ options: CallOptions = CallOptions()) async throws
    -> String
  {
    let answer: Text = try await client.unary(Echo.say, Text(""), options)
    return answer.value
  }

  @Test(
    "uses all of them",
    arguments: [Balancer.Policy.roundRobin, .leastLoad()])
  func spreads(policy: Balancer.Policy) async throws {
    try await withReplicas(3) { replicas in
      var config = config(replicas)
      config.balancing = policy
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      // Until all three connections stand.
      try await replicas.settle(on: ["0", "1", "2"], client)
    }
  }

  @Test("uses no more of them than it may")
  func endpoints() async throws {
    try await withReplicas(3) { replicas in
      var config = config(replicas)
      config.endpoints = 2
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      try await replicas.settle(on: ["0", "1"], client)
    }
  }

  @Test("uses one of them when it picks the first, the next when that is gone")
  func first() async throws {
    try await withReplicas(3) { replicas in
      var config = config(replicas)
      config.balancing = .pickFirst()
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      try await replicas.settle(on: ["0"], client)
      await replicas.servers[0].stop()
      try await replicas.settle(on: ["1"], client)
    }
  }

  @Test("goes on without one that is killed: only its open calls fail")
  func killed() async throws {
    try await withReplicas(3) { replicas in
      let channel = TransportChannel(config(replicas), loops: replicas.group.loops)
      let client = RPCClient(channel)
      try await replicas.settle(on: ["0", "1", "2"], client)
      let failed = try await withThrowingTaskGroup(of: [RPCError].self) { group in
        for _ in 0..<8 {
          group.addTask(executorPreference: replicas.group.loops[0]) {
            var failures: [RPCError] = []
            for _ in 0..<100 {
              do {
                _ = try await say(client)
              } catch let error as RPCError {
                failures.append(error)
              }
            }
            return failures
          }
        }
        await replicas.servers[1].stop()
        return try await group.reduce(into: []) { $0 += $1 }
      }
      // At most one per task was open at the replica when it went.
      #expect(failed.count <= 8)
      #expect(failed.allSatisfy { $0.code == .unavailable })
      try await replicas.settle(on: ["0", "2"], client)
    }
  }

  @Test("does not leave out one that is killed under many calls, for it may be back in a moment")
  func killedUnderMany() async throws {
    let (events, event) = AsyncStream<ChannelEvent>.makeStream()
    try await withReplicas(2) { replicas in
      var config = config(replicas)
      config.report = { event.yield($0) }
      let channel = TransportChannel(config, loops: replicas.group.loops)
      let client = RPCClient(channel)
      try await replicas.settle(on: ["0", "1"], client)
      var chats: [StreamingCall<Text, Text>] = []
      for _ in 0..<60 { chats.append(try await client.bidirectional(Echo.chat, CallOptions())) }
      await replicas.servers[1].stop()
      var failures = 0
      for chat in chats {
        chat.halfClose()
        do {
          for try await _ in chat.responses {}
        } catch {
          failures += 1
        }
      }
      #expect(failures == 30)
      await channel.close()
      event.finish()
      #expect(await !events.contains(.ejected(replicas.addresses[1])))
    }
  }

  @Test("loses no call when one of them drains under load")
  func drained() async throws {
    try await withReplicas(3) { replicas in
      let channel = TransportChannel(config(replicas), loops: replicas.group.loops)
      let client = RPCClient(channel)
      try await replicas.settle(on: ["0", "1", "2"], client)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask(executorPreference: replicas.group.loops[0]) {
            for _ in 0..<200 { _ = try await say(client) }
          }
        }
        group.addTask { await replicas.servers[1].drain(grace: .seconds(30)) }
        try await group.waitForAll()
      }
      try await replicas.settle(on: ["0", "2"], client)
    }
  }

  @Test("follows the weights of a mesh name as they change, and leaves open calls where they are")
  func weights() async throws {
    try await withReplicas(2) { replicas in
      let addresses = replicas.addresses.compactMap { EndpointAddress(parsing: "\($0)") }
      func subsets(_ canary: Int) -> NameTable.Subsets {
        [
          WeightedSubset("stable", weight: 100 - canary, addresses: [addresses[0]]),
          WeightedSubset("canary", weight: canary, addresses: [addresses[1]]),
        ]
      }
      let names = NameTable(["replicas": subsets(0)])
      let channel = TransportChannel(
        ChannelConfig(target: .mesh("replicas"), names: names, serverName: "test"),
        loops: replicas.group.loops)
      let client = RPCClient(channel)
      for _ in 0..<20 { #expect(try await say(client) == "0") }
      names.set(subsets(25), for: "replicas")
      try await replicas.settle(on: ["0", "1"], client)
      let count = try await shares(client, 10_000, on: replicas.group.loops[0])
      #expect((2200...2800).contains(count), "\(count)")
      // Sticky: a key stays where it is.
      let home = try await say(client, CallOptions(routingKey: "tenant-7"))
      for _ in 0..<50 {
        #expect(try await say(client, CallOptions(routingKey: "tenant-7")) == home)
      }
      let chat: StreamingCall<Text, Text> = try await openOnCanary(client)
      var replies = chat.responses.makeAsyncIterator()
      names.set(subsets(0), for: "replicas")
      try await replicas.settle(on: ["0"], client)
      try await chat.write(Text("still here"))
      #expect(try await replies.next() == Text("1 still here"))
      chat.halfClose()
      #expect(try await replies.next() == nil)
    }
  }

  /// How many of so many calls the second replica answers.
  private func shares(_ client: RPCClient, _ calls: Int, on loop: EventLoop) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<10 {
        group.addTask(executorPreference: loop) {
          var count = 0
          for _ in 0..<(calls / 10) where try await say(client) == "1" { count += 1 }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
  }

  private func openOnCanary(_ client: RPCClient) async throws -> StreamingCall<Text, Text> {
    while true {
      let chat: StreamingCall<Text, Text> = try await client.bidirectional(
        Echo.chat, CallOptions())
      var replies = chat.responses.makeAsyncIterator()
      try await chat.write(Text("who"))
      if try await replies.next() == Text("1 who") { return chat }
      chat.cancel()
    }
  }

  @Test("to a name that nobody knows says so; a call that waits goes out when it is known")
  func unknownName() async throws {
    try await withReplicas(1) { replicas in
      let names = NameTable()
      let client = RPCClient(
        TransportChannel(
          ChannelConfig(target: .mesh("nobody"), names: names, serverName: "test"),
          loops: replicas.group.loops))
      let error = await #expect(throws: RPCError.self) { try await say(client) }
      #expect(error?.code == .unavailable)
      #expect(error?.message == "there is no address for mesh:nobody")
      async let late = say(client, CallOptions(waitForReady: true))
      await replicas.group.loops[0].perform {}
      names.set(
        [
          WeightedSubset(
            addresses: replicas.addresses.compactMap { EndpointAddress(parsing: "\($0)") })
        ], for: "nobody")
      let answer = try await late
      #expect(answer == "0")
    }
  }

  @Test("takes out a replica that fails, and uses it again after its time")
  func outlier() async throws {
    let isBroken = Switch()
    let (events, event) = AsyncStream<ChannelEvent>.makeStream()
    try await withReplicas(2) { number in
      var router = Router()
      router.unary(Echo.say) { (_: Text, _: ServerCall) -> Text in
        if number == 1, isBroken.isOn.load(ordering: .acquiring) {
          throw RPCError(.internal, "broken")
        }
        return Text("\(number)")
      }
      return router
    } _: { replicas in
      var config = config(replicas)
      config.balancing = .roundRobin
      config.outliers?.interval = .milliseconds(200)
      config.outliers?.baseEjection = .seconds(2)
      config.outliers?.failurePercentage?.calls = 5
      config.report = { event.yield($0) }
      let client = RPCClient(TransportChannel(config, loops: replicas.group.loops))
      let load = Task {
        while !Task.isCancelled {
          // A broken replica's answers are what this is about.
          _ = try? await say(client)
        }
      }
      var seen = events.makeAsyncIterator()
      while let next = await seen.next(), next != .ejected(replicas.addresses[1]) {}
      for _ in 0..<20 { #expect(try await say(client) == "0") }
      isBroken.isOn.store(false, ordering: .releasing)
      while let next = await seen.next(), next != .returned(replicas.addresses[1]) {}
      load.cancel()
      await load.value
      try await replicas.settle(on: ["0", "1"], client)
    }
  }
}
