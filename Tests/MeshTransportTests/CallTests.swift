import MeshHTTP2
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A call over a connection", .timeLimit(.minutes(1)))
struct CallTests {
  private func client(_ address: SocketAddress, _ loops: [EventLoop]) -> RPCClient {
    RPCClient(
      TransportChannel(ChannelConfig(to: address), loops: loops))
  }

  @Test("brings its message there and back, with metadata both ways")
  func unary() async throws {
    try await withServer { _, address, loops in
      let channel = TransportChannel(
        ChannelConfig(to: address), loops: loops)
      var metadata: Metadata = ["prefix": "a "]
      metadata.add(binary: [0, 255, 7], for: "blob-bin")
      let stream = try await channel.open(Echo.say, CallOptions(metadata: metadata))
      try await stream.sendLast(Text("message").framed)
      #expect(try await stream.next() == Text("a message").framed)
      #expect(try await stream.next() == nil)
      #expect(await stream.headers()?.first("initial") == "yes")
      let status = await stream.status()
      #expect(status.code == .ok)
      #expect(status.trailers.first("trailing") == "yes")
    }
  }

  @Test("that fails carries code, text, details and trailers")
  func failure() async throws {
    try await withServer { _, address, loops in
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client(address, loops).unary(
          Echo.fail, Text("nö such\nthing"), CallOptions())
      }
      #expect(error?.code == .notFound)
      #expect(error?.message == "nö such\nthing")
      #expect(error?.details == [1, 2, 3])
      #expect(error?.trailers.first("hint") == "here")
    }
  }

  @Test("of an unknown method is unimplemented")
  func unknown() async throws {
    try await withServer { _, address, loops in
      let method = MethodDescriptor(service: "test.Echo", method: "Nope", kind: .unary)
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client(address, loops).unary(method, Text(""), CallOptions())
      }
      #expect(error?.code == .unimplemented)
    }
  }

  @Test(
    "carries messages of every size, across frames and windows",
    arguments: [0, 1, 16_384, 3_000_000])
  func sizes(size: Int) async throws {
    try await withServer { _, address, loops in
      let text = Text(String(repeating: "x", count: size))
      let answer: Text = try await client(address, loops).unary(Echo.say, text, CallOptions())
      #expect(answer.value.utf8.count == size)
    }
  }

  @Test("with a message over the limit is refused from its head on")
  func messageLimit() async throws {
    try await withServer(messageLimit: 100) { _, address, loops in
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client(address, loops).unary(
          Echo.say, Text(String(repeating: "x", count: 101)), CallOptions())
      }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.message == "the message has 101 bytes; the limit is 100")
    }
  }

  @Test("streams in each direction and in both")
  func streams() async throws {
    try await withServer { _, address, loops in
      let client = client(address, loops)
      let counting: StreamingCall<Text, Text> = try await client.serverStreaming(
        Echo.count, Text("1000"), CallOptions())
      var next = 0
      for try await number in counting.responses {
        #expect(number == Text("\(next)"))
        next += 1
      }
      #expect(next == 1000)
      let chunk = Text(String(repeating: "y", count: 100_000))
      let joined: Text = try await client.clientStreaming(Echo.join, CallOptions()) {
        (writer: RequestWriter<Text>) throws(RPCError) in
        for _ in 0..<50 { try await writer.write(chunk) }
      }
      #expect(joined == Text("5000000"))
      let chat: StreamingCall<Text, Text> = try await client.bidirectional(
        Echo.chat, CallOptions())
      var replies = chat.responses.makeAsyncIterator()
      for word in ["one", "two"] {
        try await chat.write(Text(word))
        #expect(try await replies.next() == Text("re: \(word)"))
      }
      chat.halfClose()
      #expect(try await replies.next() == nil)
    }
  }

  @Test("past its deadline ends on both sides")
  func deadline() async throws {
    let (signals, hung) = AsyncStream<Bool>.makeStream()
    try await withServer(router: Echo.router(hung: hung)) { _, address, loops in
      let client = client(address, loops)
      let _: Text = try await client.unary(Echo.say, Text("connected"), CallOptions())
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await client.unary(Echo.hang, Text(""), .timeout(.seconds(3)))
      }
      #expect(error?.code == .deadlineExceeded)
      var signal = signals.makeAsyncIterator()
      #expect(await signal.next() == true)
      #expect(await signal.next() == false)
    }
  }

  @Test("that its caller gives up cancels the handler")
  func cancellation() async throws {
    let (signals, hung) = AsyncStream<Bool>.makeStream()
    try await withServer(router: Echo.router(hung: hung)) { _, address, loops in
      let client = client(address, loops)
      let task = Task<Text, any Error> {
        try await client.unary(Echo.hang, Text(""), CallOptions())
      }
      var signal = signals.makeAsyncIterator()
      #expect(await signal.next() == true)
      task.cancel()
      #expect(await signal.next() == false)
      let error = await #expect(throws: RPCError.self) { try await task.value }
      #expect(error?.code == .cancelled)
    }
  }

  @Test("to nobody is unavailable and says why; the next one connects again")
  func reconnects() async throws {
    let address = try await withServer { _, address, _ in address }
    let group = try EventLoopGroup(count: 1, name: "client")
    try group.start()
    let client = client(address, group.loops)
    let error = await #expect(throws: RPCError.self) {
      let _: Text = try await client.unary(Echo.say, Text(""), CallOptions())
    }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("refused") == true)
    await group.stop()
  }

  @Test("many at once share a connection, over several loops too", arguments: [1, 2])
  func concurrency(loops count: Int) async throws {
    try await withServer(loops: count) { _, address, loops in
      let client = client(address, loops)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<500 {
          group.addTask {
            let answer: Text = try await client.unary(Echo.say, Text("\(number)"), CallOptions())
            #expect(answer == Text("\(number)"))
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("that is open while the server drains is finished; a new one is refused elsewhere")
  func drain() async throws {
    try await withServer { server, address, loops in
      let client = client(address, loops)
      let chat: StreamingCall<Text, Text> = try await client.bidirectional(Echo.chat, CallOptions())
      var replies = chat.responses.makeAsyncIterator()
      try await chat.write(Text("before"))
      #expect(try await replies.next() == Text("re: before"))
      let draining = Task { await server.drain(grace: .seconds(30)) }
      try await chat.write(Text("meanwhile"))
      #expect(try await replies.next() == Text("re: meanwhile"))
      chat.halfClose()
      #expect(try await replies.next() == nil)
      #expect(await chat.status().code == .ok)
      await draining.value
      #expect(await server.connectionCount() == 0)
    }
  }
}
