import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A call that ends early", .timeLimit(.minutes(1)))
struct EarlyEndTests {
  private static let chat = MethodDescriptor(
    service: "test.Early", method: "Chat", kind: .bidirectionalStreaming)

  @Test("by its server, before the request is complete, has its outcome at once")
  func server() async throws {
    var router = Router()
    router.bidirectional(Self.chat) {
      (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, _: ServerCall) in
      var iterator = requests.makeAsyncIterator()
      if let first = try await iterator.next() { try await writer.write(first) }
    }
    try await withServer(router: router) { _, address, loops in
      let channel = TransportChannel(
        ChannelConfig(to: address), loops: loops)
      let call: StreamingCall<Text, Text> = try await RPCClient(channel).bidirectional(
        Self.chat, CallOptions())
      try await call.write(Text("one"))
      var answers = call.responses.makeAsyncIterator()
      #expect(try await answers.next() == Text("one"))
      #expect(try await answers.next() == nil)
      #expect(await call.status().code == .ok)
      await #expect(throws: RPCError.self) { try await call.write(Text("two")) }
      // The stream is gone on both sides, so nothing keeps the connection from draining.
      await channel.close()
    }
  }
}
