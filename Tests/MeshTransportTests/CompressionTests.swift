import MeshHTTP2
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A compressed message", .timeLimit(.minutes(1)))
struct CompressionTests {
  static let encodings: [MessageEncoding] = [.gzip, .deflate]
  /// Small, and large enough to leave the loop on both ways.
  static let sizes = [100, 1_000_000]
  static let echo = MethodDescriptor(service: "test.Packed", method: "Echo", kind: .unary)
  static let chat = MethodDescriptor(
    service: "test.Packed", method: "Chat", kind: .bidirectionalStreaming)

  /// Answers with `encoding`, and says in the trailers how many requests came compressed.
  static func router(_ encoding: MessageEncoding) -> Router {
    var router = Router()
    router.unary(echo) { (request: Text, call: ServerCall) -> Text in
      call.compress(with: encoding)
      call.addTrailing("\(call.inbound.decodedCount)", for: "compressed")
      return request
    }
    router.bidirectional(chat) {
      (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, call: ServerCall) in
      call.compress(with: encoding)
      for try await request in requests {
        try await writer.write(request, compressed: request.value.hasPrefix("x"))
      }
      call.addTrailing("\(call.inbound.decodedCount)", for: "compressed")
    }
    return router
  }

  /// Calls a server that answers with `encoding`.
  private func withChannel(
    to encoding: MessageEncoding, _ body: (TransportChannel) async throws -> Void
  ) async throws {
    try await withServer(router: Self.router(encoding)) { _, address, loops in
      let channel = TransportChannel(
        ChannelConfig(to: address), loops: loops)
      try await body(channel)
      await channel.close()
    }
  }

  @Test("goes both ways", arguments: encodings, sizes)
  func unary(encoding: MessageEncoding, size: Int) async throws {
    try await withChannel(to: encoding) { channel in
      var options = CallOptions()
      options.encoding = encoding
      let stream = try await channel.open(Self.echo, options)
      let text = Text(String(repeating: "x", count: size))
      let packed = try await stream.encoded(text.framed)
      #expect(packed.isCompressed)
      #expect(packed.payloadSize < size)
      try await stream.sendLast(packed)
      let answer = try await stream.next(untouched: true)
      #expect(answer == packed)
      #expect(await stream.status().trailers.first("compressed") == "1")
      #expect(stream.encoding == encoding)
    }
  }

  @Test("is unpacked for whoever reads messages", arguments: encodings, sizes)
  func typed(encoding: MessageEncoding, size: Int) async throws {
    try await withChannel(to: encoding) { channel in
      var options = CallOptions()
      options.encoding = encoding
      let text = Text(String(repeating: "x", count: size))
      let answer: Text = try await RPCClient(channel).unary(
        Self.echo, text, options)
      #expect(answer == text)
    }
  }

  @Test("may stand beside one that is not")
  func mixed() async throws {
    try await withChannel(to: .gzip) { channel in
      var options = CallOptions()
      options.encoding = .gzip
      let client = RPCClient(channel)
      let call: StreamingCall<Text, Text> = try await client.bidirectional(Self.chat, options)
      let texts = ["x", "y"].map { Text(String(repeating: $0, count: 1000)) }
      var answers = call.responses.makeAsyncIterator()
      for text in texts {
        try await call.write(text, compressed: text.value.hasPrefix("y"))
        #expect(try await answers.next() == text)
      }
      call.halfClose()
      #expect(try await answers.next() == nil)
      #expect(await call.status().trailers.first("compressed") == "1")
    }
  }

  @Test("is not sent to a caller who does not accept it")
  func notAccepted() async throws {
    try await withChannel(to: .gzip) { channel in
      var options = CallOptions()
      options.acceptedEncodings = [MessageEncodings(.deflate)]
      let stream = try await channel.open(Self.echo, options)
      let text = Text(String(repeating: "x", count: 1000))
      try await stream.sendLast(text.framed)
      #expect(try await stream.next(untouched: true) == text.framed)
      #expect(stream.encoding == .identity)
    }
  }

  @Test("counts as it is on the wire, whatever makes the call", arguments: [nil, true, false])
  func counted(isHedged: Bool?) async throws {
    struct Watch: ClientInterceptor {
      let ended = AsyncStream<CallEnd>.makeStream()
      func begin(_ method: MethodDescriptor, _ options: inout CallOptions) -> Ending? {
        { [ended] in ended.continuation.yield($0) }
      }
    }
    try await withChannel(to: .gzip) { channel in
      let hedging = try HedgingPolicy(maxAttempts: 2, delay: .seconds(60), nonFatalCodes: [])
      let config = try isHedged.map { isHedged in
        try ServiceConfig(methods: [
          MethodConfig(names: [.all], repetition: isHedged ? .hedge(hedging) : nil)
        ])
      }
      let watch = Watch()
      let watched: any Channel = config.map { ConfiguredChannel(channel, $0) } ?? channel
      let text = Text(String(repeating: "x", count: 10_000))
      let answer: Text = try await RPCClient(watched.intercepted(by: [watch])).unary(
        Self.echo, text, CallOptions())
      #expect(answer == text)
      let end = try #require(await watch.ended.stream.first { _ in true })
      #expect(end.status.code == .ok && end.hadHeaders)
      #expect(end.sentBytes == text.framed.payloadSize)
      #expect((1..<1000).contains(end.receivedBytes))
    }
  }

  @Test("is not made where it would be no smaller")
  func tiny() async throws {
    try await withChannel(to: .gzip) { channel in
      var options = CallOptions()
      options.encoding = .gzip
      let stream = try await channel.open(Self.echo, options)
      let packed = try await stream.encoded(Text("x").framed)
      #expect(packed == Text("x").framed)
      stream.cancel()
    }
  }

  @Test("that unpacks to more than the limit ends the call, on either side")
  func bomb() async throws {
    try await withServer(messageLimit: 10_000, router: Self.router(.gzip)) { _, address, loops in
      var options = CallOptions()
      options.encoding = .gzip
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await RPCClient(
          TransportChannel(
            ChannelConfig(to: address), loops: loops)
        ).unary(
          Self.echo, Text(String(repeating: "x", count: 10_001)), options)
      }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.message == "the message: unpacked it is larger than 10000 bytes")
    }
    try await withServer(router: Self.router(.gzip)) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.messageLimit = 10_000
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await RPCClient(TransportChannel(config, loops: loops)).unary(
          Self.echo, Text(String(repeating: "x", count: 10_001)), CallOptions())
      }
      #expect(error?.code == .resourceExhausted)
    }
  }

  @Test("that is not what grpc-encoding says is internal, and so is one without grpc-encoding")
  func corrupt() async throws {
    try await withChannel(to: .gzip) { channel in
      for encoding in [MessageEncoding.gzip, .identity] {
        var options = CallOptions()
        options.encoding = encoding
        let stream = try await channel.open(Self.echo, options)
        try await stream.sendLast(WireMessage(payload: [1, 2, 3], compressed: true))
        #expect(await stream.status().code == .internal)
      }
    }
  }
}
