import MeshIO
import MeshRPC
import Synchronization
import Testing

@testable import MeshTransport

@Suite("A connection to a server", .timeLimit(.minutes(1)))
struct ServerLimitTests {
  private func channel(_ address: SocketAddress, _ loops: [EventLoop]) -> TransportChannel {
    TransportChannel(ChannelConfig(to: address), loops: loops)
  }

  /// A router whose `Hang` ignores that it is cancelled until it is let go.
  private func stubborn(
    started: AsyncStream<Void>.Continuation, letGo: AsyncStream<Void>
  ) -> Router {
    var router = Echo.router()
    let release = Task { for await _ in letGo {} }
    router.unary(
      MethodDescriptor(service: "test.Echo", method: "Stubborn", kind: .unary)
    ) { (request: Text, _) in
      started.yield()
      // A task that was not cancelled waits for one that will not be.
      await release.value
      return request
    }
    return router
  }

  @Test("counts the handlers of calls that were reset until they end")
  func runningHandlers() async throws {
    let (starts, started) = AsyncStream<Void>.makeStream()
    let (letGo, release) = AsyncStream<Void>.makeStream()
    let router = stubborn(started: started, letGo: letGo)
    try await withServer(router: router, change: { $0.handlers = 2 }) { _, address, loops in
      let channel = channel(address, loops)
      let method = MethodDescriptor(service: "test.Echo", method: "Stubborn", kind: .unary)
      var start = starts.makeAsyncIterator()
      for _ in 0..<2 {
        let stream = try await channel.open(method, CallOptions())
        try await stream.sendLast(Text("").framed)
        await start.next()
        stream.cancel()
      }
      let client = RPCClient(channel)
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client.unary(Echo.say, Text("third"), CallOptions())
      }
      #expect(error?.code == .unavailable)
      release.finish()
      var answer: Text?
      while answer == nil {
        answer = try? await client.unary(Echo.say, Text("third"), CallOptions())
        await Task.yield()
      }
      #expect(answer == Text("third"))
    }
  }

  @Test("is replaced when it is too old, and no call is lost")
  func age() async throws {
    let seen = Mutex<Set<String>>([])
    var router = Router()
    router.unary(Echo.say) { (request: Text, call: ServerCall) in
      seen.withLock { _ = $0.insert(call.peer.address) }
      return request
    }
    try await withServer(
      router: router, change: { $0.lifetime.maxAge = .milliseconds(20) }
    ) { _, address, loops in
      let client = RPCClient(channel(address, loops))
      while seen.withLock({ $0.count }) < 3 {
        let answer: Text = try await client.unary(Echo.say, Text("again"), CallOptions())
        #expect(answer == Text("again"))
      }
    }
  }

  @Test("is closed when nobody uses it, and the next call makes another")
  func idle() async throws {
    try await withServer(
      change: { $0.lifetime.maxIdle = .milliseconds(20) }
    ) { server, address, loops in
      let client = RPCClient(channel(address, loops))
      for _ in 0..<2 {
        let _: Text = try await client.unary(Echo.say, Text("now"), CallOptions())
        while await server.connectionCount() > 0 { await Task.yield() }
      }
    }
  }

  @Test("holds so many bytes of unfinished messages, and refuses the call beyond it")
  func unfinishedMessages() async throws {
    try await withServer(change: { $0.unfinishedBytes = 100_000 }) { _, address, loops in
      let channel = channel(address, loops)
      var streams: [any ClientStream] = []
      // Three messages of which 40,000 bytes come each.
      let whole = Text(String(repeating: "x", count: 3_000_000)).framed
      let head = WireMessage(framed: Array(whole.bytes.prefix(40_000)))
      for _ in 0..<3 {
        let stream = try await channel.open(Echo.say, CallOptions())
        try await stream.send(head)
        streams.append(stream)
      }
      let status = await streams[2].status()
      #expect(status.code == .resourceExhausted)
      #expect(status.message.contains("100000 bytes of unfinished messages"))
      for stream in streams { stream.cancel() }
      let _: Text = try await RPCClient(channel).unary(
        Echo.say, Text(String(repeating: "x", count: 90_000)), CallOptions())
    }
  }

  @Test("ends a call whose message stands still in its middle")
  func stalledMessage() async throws {
    try await withServer(change: { $0.requestStall = .milliseconds(20) }) { _, address, loops in
      let channel = channel(address, loops)
      let stream = try await channel.open(Echo.say, CallOptions())
      let whole = Text("half of a message").framed
      try await stream.send(WireMessage(framed: Array(whole.bytes.dropLast(4))))
      let status = await stream.status()
      #expect(status.code == .deadlineExceeded)
      #expect(status.message == "the message does not come to its end")
      let _: Text = try await RPCClient(channel).unary(Echo.say, Text(""), CallOptions())
    }
  }
}
