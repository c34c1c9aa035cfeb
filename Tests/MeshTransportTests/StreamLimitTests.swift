import MeshHTTP2
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A call beyond its server's limit of streams", .timeLimit(.minutes(1)))
struct StreamLimitTests {
  private static let note = MethodDescriptor(service: "test.Echo", method: "Note", kind: .unary)

  private func limits(_ streams: Int) -> HTTP2Limits {
    var limits = HTTP2Limits.trusted
    limits.concurrentStreams = streams
    return limits
  }

  private func say(
    _ channel: any Channel, _ options: CallOptions = CallOptions()
  ) async throws -> String {
    let answer: Text = try await RPCClient(channel).unary(Echo.say, Text("here"), options)
    return answer.value
  }

  /// A call that holds a stream until it is cancelled.
  private func chat(_ channel: any Channel) async throws -> StreamingCall<Text, Text> {
    let call: StreamingCall<Text, Text> = try await RPCClient(channel).bidirectional(
      Echo.chat, CallOptions())
    try await call.write(Text("a"))
    var responses = call.responses.makeAsyncIterator()
    _ = try await responses.next()
    return call
  }

  @Test("waits for one to end, and many go out in the order in which they came")
  func waits() async throws {
    let (served, serve) = AsyncStream<String>.makeStream()
    var router = Echo.router()
    router.unary(Self.note) { (request: Text, _: ServerCall) -> Text in
      serve.yield(request.value)
      return request
    }
    try await withServer(limits: limits(1), router: router) { server, address, loops in
      let client = RPCClient(TransportChannel(ChannelConfig(to: address), loops: loops))
      let held = try await chat(client.channel)
      let calls = await loops[0].perform {
        (0..<20).map { number in
          Task.immediate(executorPreference: loops[0]) {
            let _: Text = try await client.unary(Self.note, Text("\(number)"), CallOptions())
          }
        }
      }
      held.cancel()
      for call in calls { try await call.value }
      serve.finish()
      let order = await served.reduce(into: []) { $0.append($1) }
      #expect(order == (0..<20).map(String.init))
      #expect(await server.connectionCount() == 1)
    }
  }

  @Test("ends at its deadline and says for what it waited")
  func expires() async throws {
    try await withServer(limits: limits(1)) { _, address, loops in
      let channel = TransportChannel(ChannelConfig(to: address), loops: loops)
      let held = try await chat(channel)
      for _ in 0..<3 {
        let call = await loops[0].perform {
          // Waits when this returns, however slow the machine is.
          Task.immediate(executorPreference: loops[0]) {
            try await say(channel, .timeout(.milliseconds(20)))
          }
        }
        let error = await #expect(throws: RPCError.self) { try await call.value }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message.contains("limit of streams") == true)
      }
      held.cancel()
      let answer = try await say(channel)
      #expect(answer == "here")
    }
  }

  @Test("does not wait behind one that cannot go out at all")
  func hopeless() async throws {
    try await withServer(limits: limits(1)) { _, address, loops in
      let channel = TransportChannel(ChannelConfig(to: address), loops: loops)
      let held = try await chat(channel)
      let huge = CallOptions(metadata: ["long": String(repeating: "x", count: 70_000)])
      let (hopeless, next) = await loops[0].perform {
        // Both wait when this returns, in this order.
        (
          Task.immediate(executorPreference: loops[0]) { try await say(channel, huge) },
          Task.immediate(executorPreference: loops[0]) {
            try await say(channel, .timeout(.seconds(20)))
          }
        )
      }
      held.cancel()
      let error = await #expect(throws: RPCError.self) { try await hopeless.value }
      #expect(error?.code == .resourceExhausted)
      let answer = try await next.value
      #expect(answer == "here")
    }
  }

  @Test("goes to another server that has room")
  func elsewhere() async throws {
    try await withServer(limits: limits(1)) { _, one, loops in
      try await withServer(limits: limits(100)) { _, other, _ in
        for policy in [Balancer.Policy.roundRobin, .leastLoad()] {
          var config = ChannelConfig(to: one, other)
          config.balancing = policy
          let channel = TransportChannel(config, loops: loops)
          // Two, so that one of them is at the server with one stream.
          let held = [try await chat(channel), try await chat(channel)]
          for _ in 0..<20 {
            let answer = try await say(channel, .timeout(.seconds(20)))
            #expect(answer == "here")
          }
          for call in held { call.cancel() }
          await channel.close()
        }
      }
    }
  }

  @Test("goes out on another connection as soon as its server goes away")
  func goAway() async throws {
    let (told, tell) = AsyncStream<ScriptedConnection>.makeStream()
    try await withScriptedServer(limits: limits(1)) { connection, event in
      switch event {
      case .request where connection.number == 0: tell.yield(connection)
      case .endOfRequest(let id) where connection.number > 0: connection.answer(id)
      case .request, .endOfRequest, .ping, .lost: break
      }
    } _: { address, loops in
      let channel = TransportChannel(ChannelConfig(to: address), loops: loops)
      let held = try await channel.open(Echo.chat, CallOptions())
      var first = told.makeAsyncIterator()
      let connection = try #require(await first.next())
      let call = await loops[0].perform {
        // Waits when this returns.
        Task.immediate(executorPreference: loops[0]) { try await say(channel) }
      }
      await loops[0].perform {
        connection.session.goAway(debug: "bye")
        connection.link?.scheduleFlush()
      }
      let answer = try await call.value
      #expect(answer == "")
      held.cancel()
    }
  }
}
