import MeshHTTP2
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

/// How a handler of the tests ended.
private enum HandlerEnd: Equatable { case began, cancelled }

@Suite("A streaming call's life", .timeLimit(.minutes(1)))
struct StreamingLifeTests {
  private static let pour = MethodDescriptor(
    service: "test.Life", method: "Pour", kind: .serverStreaming)
  private static let sink = MethodDescriptor(
    service: "test.Life", method: "Sink", kind: .bidirectionalStreaming)
  private static let judge = MethodDescriptor(
    service: "test.Life", method: "Judge", kind: .clientStreaming)

  /// `Pour` sends one message and then waits to be cancelled; `Sink` reads nothing at all; `Judge`
  /// answers after the first message.
  private func router(_ ends: AsyncStream<HandlerEnd>.Continuation) -> Router {
    var router = Router()
    let untilCancelled: @Sendable () async -> Void = {
      ends.yield(.began)
      for await _ in AsyncStream<Never>.makeStream().stream {}
      ends.yield(Task.isCancelled ? .cancelled : .began)
    }
    router.serverStreaming(Self.pour) {
      (request: Text, writer: ResponseWriter<Text>, call: ServerCall) in
      try await writer.write(request)
      await untilCancelled()
    }
    router.bidirectional(Self.sink) {
      (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, call: ServerCall) in
      await untilCancelled()
    }
    router.clientStreaming(Self.judge) {
      (requests: TypedMessages<Text>, call: ServerCall) -> Text in
      for try await request in requests { return request }
      return Text("nothing")
    }
    return router
  }

  private func withClient(
    _ body: (RPCClient, AsyncStream<HandlerEnd>) async throws -> Void
  ) async throws {
    let (ends, source) = AsyncStream<HandlerEnd>.makeStream()
    try await withServer(router: router(source)) { _, address, loops in
      let channel = TransportChannel(
        ChannelConfig(to: address), loops: loops)
      try await body(RPCClient(channel), ends)
    }
  }

  @Test("ends on the server when the task that reads is cancelled")
  func readerCancelled() async throws {
    try await withClient { client, ends in
      let reader = Task {
        let call: StreamingCall<Text, Text> = try await client.serverStreaming(
          Self.pour, Text("drop"), CallOptions())
        for try await _ in call.responses {}
      }
      #expect(await ends.first { _ in true } == .began)
      reader.cancel()
      #expect(await ends.first { _ in true } == .cancelled)
      let error = await #expect(throws: RPCError.self) { try await reader.value }
      #expect(error?.code == .cancelled)
    }
  }

  @Test("ends on the server when its reader stops and lets go of it")
  func dropped() async throws {
    try await withClient { client, ends in
      do {
        let call: StreamingCall<Text, Text> = try await client.serverStreaming(
          Self.pour, Text("drop"), CallOptions())
        for try await message in call.responses {
          #expect(message == Text("drop"))
          break
        }
      }
      #expect(await ends.first { _ in true } == .began)
      #expect(await ends.first { _ in true } == .cancelled)
    }
  }

  @Test("ends on the server when the task that waits for its status is cancelled")
  func waiterCancelled() async throws {
    try await withClient { client, ends in
      let call: StreamingCall<Text, Text> = try await client.serverStreaming(
        Self.pour, Text("drop"), CallOptions())
      #expect(await ends.first { _ in true } == .began)
      let waiter = Task { await call.status() }
      waiter.cancel()
      #expect(await waiter.value.code == .cancelled)
      #expect(await ends.first { _ in true } == .cancelled)
    }
  }

  @Test("holds a writer back whose server does not read, until the writer is cancelled")
  func writerCancelled() async throws {
    try await withClient { client, ends in
      let call: StreamingCall<Text, Text> = try await client.bidirectional(Self.sink, CallOptions())
      #expect(await ends.first { _ in true } == .began)
      let chunk = Text(String(repeating: "x", count: 1 << 20))
      let writer = Task { () -> Int in
        var written = 0
        while true {
          do { try await call.write(chunk) } catch { return written }
          written += 1
        }
      }
      writer.cancel()
      #expect(await ends.first { _ in true } == .cancelled)
      #expect(await writer.value < 64)
      #expect(await call.status().code == .cancelled)
    }
  }

  @Test("fails when its server lets more wait than a connection may hold, whatever makes it")
  func outputFull() async throws {
    var closed = HTTP2Limits()
    closed.streamWindowBytes = 0
    try await withServer(limits: closed) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.limits.outputBytes = 100_000
      let channel = TransportChannel(config, loops: loops)
      let held: StreamingCall<Text, Text> = try await RPCClient(channel).bidirectional(
        Echo.chat, CallOptions())
      try await held.write(Text(String(repeating: "x", count: 40_000)))
      let text = Text(String(repeating: "x", count: 70_000))
      for channel: any Channel in [channel, ConfiguredChannel(channel, try ServiceConfig())] {
        let client = RPCClient(channel)
        let unary = await #expect(throws: RPCError.self) {
          let _: Text = try await client.unary(Echo.say, text, CallOptions())
        }
        let call: StreamingCall<Text, Text> = try await client.bidirectional(
          Echo.chat, CallOptions())
        let streamed = await #expect(throws: RPCError.self) { try await call.write(text) }
        for error in [unary, streamed] {
          #expect(error?.code == .resourceExhausted)
          #expect(
            error?.message
              == "the server does not read: more than 100000 bytes would wait to be sent")
        }
        let status = await call.status()
        #expect(status.code == .resourceExhausted)
      }
      held.cancel()
    }
  }

  @Test("of which the server needs no more messages is answered all the same")
  func answeredEarly() async throws {
    try await withClient { client, _ in
      let answer: Text = try await client.clientStreaming(Self.judge, CallOptions()) {
        (writer: RequestWriter<Text>) throws(RPCError) in
        while true { try await writer.write(Text("guilty")) }
      }
      #expect(answer == Text("guilty"))
    }
  }
}
