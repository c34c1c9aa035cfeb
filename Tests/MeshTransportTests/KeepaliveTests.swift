import MeshHTTP2
import MeshIO
import Testing

@testable import MeshRPC
@testable import MeshTransport

@Suite("Keepalive of a channel", .timeLimit(.minutes(1)))
struct ChannelKeepaliveTests {
  @Test("ends the calls of a server that is gone without a word")
  func gone() async throws {
    let group = try EventLoopGroup(count: 1, name: "client")
    try group.start()
    let loop = group.loops[0]
    let deaf = try await loop.perform { () throws(IOError) in try DeafServer(on: loop) }
    var config = ChannelConfig(to: deaf.address)
    config.keepalive = .init(
      exactly: .milliseconds(20), timeout: .milliseconds(20), withoutCalls: false)
    let channel = TransportChannel(config, loops: [loop])
    let error = await #expect(throws: RPCError.self) {
      let _: Text = try await RPCClient(channel).unary(Echo.say, Text(""), CallOptions())
    }
    #expect(error?.code == .unavailable)
    #expect(
      error?.message
        == "the connection to \(deaf.address) was lost: timed out: "
        + "keepalive: no answer to a PING within 0.02 seconds")
    await channel.close()
    await loop.perform { deaf.close() }
    await group.stop()
  }

  @Test("pings half as often once a server has complained")
  func complaint() async throws {
    let (events, event) = AsyncStream<ChannelEvent>.makeStream()
    try await withScriptedServer { connection, happened in
      switch happened {
      case .ping where connection.number == 0:
        connection.session.goAway(code: .enhanceYourCalm, debug: "too_many_pings")
        connection.link?.scheduleFlush()
      case .endOfRequest(let id) where connection.number > 0: connection.answer(id)
      case .request, .endOfRequest, .ping, .lost: break
      }
    } _: { address, loops in
      var config = ChannelConfig(to: address)
      config.keepalive = .init(
        exactly: .milliseconds(20), timeout: .seconds(20), withoutCalls: false)
      config.report = { event.yield($0) }
      let channel = TransportChannel(config, loops: loops)
      let hanging = try await channel.open(Echo.say, CallOptions())
      var seen = events.makeAsyncIterator()
      #expect(await seen.next() == .connected(address))
      #expect(await seen.next() == .pingsReduced(address, interval: .milliseconds(40)))
      hanging.cancel()
      let _: Text = try await RPCClient(channel).unary(Echo.say, Text(""), CallOptions())
    }
  }
}

@Suite("A replica that hangs", .timeLimit(.minutes(1)))
struct HungReplicaTests {
  @Test("gets no calls once one of them has expired, until it speaks")
  func leftOut() async throws {
    try await withReplicas(1) { replicas in
      let loop = replicas.group.loops[0]
      let deaf = try await loop.perform { () throws(IOError) in try DeafServer(on: loop) }
      let (events, event) = AsyncStream<ChannelEvent>.makeStream()
      var config = ChannelConfig(to: deaf.address)
      config.target = .addresses(
        [deaf.address, replicas.addresses[0]].compactMap { EndpointAddress(parsing: "\($0)") })
      config.balancing = .roundRobin
      config.keepalive = .mesh
      config.report = { event.yield($0) }
      let channel = TransportChannel(config, loops: [loop])
      let client = RPCClient(channel)
      @Sendable func say(_ timeout: Duration) async throws {
        let answer: Text = try await client.unary(Echo.say, Text(""), .timeout(timeout))
        #expect(answer.value == "0")
      }
      let load = Task {
        // Calls to the deaf one fail; that is what it is there for.
        while !Task.isCancelled { try? await say(.milliseconds(50)) }
      }
      var seen = events.makeAsyncIterator()
      while let next = await seen.next(), next != .fellSilent(deaf.address) {}
      load.cancel()
      await load.value
      for _ in 0..<20 { try await say(.seconds(30)) }
      await loop.perform { deaf.speak() }
      while let next = await seen.next(), next != .spoke(deaf.address) {}
      await #expect(throws: RPCError.self) {
        for _ in 0..<2 { try await say(.milliseconds(50)) }
      }
      await channel.close()
      await loop.perform { deaf.close() }
    }
  }
}
