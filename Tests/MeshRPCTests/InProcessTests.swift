import Synchronization
import Testing

@testable import MeshRPC

private struct Oops: Error {}

@Suite("A call through the in-process channel")
struct InProcessTests {
  private static func method(_ name: String, _ kind: MethodDescriptor.Kind) -> MethodDescriptor {
    MethodDescriptor(service: "test.Echo", method: name, kind: kind)
  }

  private func client(interceptors: [any ServerInterceptor] = []) -> RPCClient {
    var router = Router(interceptors: interceptors)
    router.unary(Self.method("Say", .unary)) { (request: Text, call: ServerCall) -> Text in
      call.addTrailing("yes", for: "seen")
      return Text("echo \(request.value)")
    }
    router.unary(Self.method("Throw", .unary)) { (request: Text, call: ServerCall) -> Text in
      if request.value == "oops" { throw Oops() }
      throw RPCError(.notFound, request.value, trailers: ["hint": "none"])
    }
    router.clientStreaming(Self.method("Join", .clientStreaming)) {
      (requests: TypedMessages<Text>, call: ServerCall) -> Text in
      var all: [String] = []
      for try await request in requests { all.append(request.value) }
      return Text(all.joined(separator: "+"))
    }
    router.serverStreaming(Self.method("Split", .serverStreaming)) {
      (request: Text, writer: ResponseWriter<Text>, call: ServerCall) in
      for part in request.value.split(separator: "+") { try await writer.write(Text(String(part))) }
    }
    router.bidirectional(Self.method("Chat", .bidirectionalStreaming)) {
      (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, call: ServerCall) in
      for try await request in requests { try await writer.write(Text("re: \(request.value)")) }
    }
    router.unary(Self.method("Hang", .unary)) { (request: Text, call: ServerCall) -> Text in
      // Nothing ever comes, so only its cancellation ends the wait.
      let (nothing, source) = AsyncStream<Never>.makeStream()
      for await _ in nothing {}
      source.finish()
      throw CancellationError()
    }
    return RPCClient(InProcessChannel(router))
  }

  @Test("of each kind brings its messages")
  func kinds() async throws {
    let client = client()
    let said: Text = try await client.unary(Self.method("Say", .unary), Text("hi"), CallOptions())
    #expect(said == Text("echo hi"))
    let joined: Text = try await client.clientStreaming(
      Self.method("Join", .clientStreaming), CallOptions()
    ) { (writer: RequestWriter<Text>) throws(RPCError) in
      try await writer.write(Text("a"))
      try await writer.write(Text("b"))
    }
    #expect(joined == Text("a+b"))
    let split: StreamingCall<Text, Text> = try await client.serverStreaming(
      Self.method("Split", .serverStreaming), Text("x+y+z"), CallOptions())
    var parts: [String] = []
    for try await part in split.responses { parts.append(part.value) }
    #expect(parts == ["x", "y", "z"])
    let chat: StreamingCall<Text, Text> = try await client.bidirectional(
      Self.method("Chat", .bidirectionalStreaming), CallOptions())
    try await chat.write(Text("one"))
    var replies = chat.responses.makeAsyncIterator()
    #expect(try await replies.next() == Text("re: one"))
    chat.halfClose()
    #expect(try await replies.next() == nil)
    #expect(await chat.status() == .ok())
  }

  @Test("that a handler fails carries the code, the text and the trailers")
  func failure() async {
    let client = client()
    await #expect(throws: RPCError(.notFound, "no such thing", trailers: ["hint": "none"])) {
      let _: Text = try await client.unary(
        Self.method("Throw", .unary), Text("no such thing"), CallOptions())
    }
    await #expect(throws: RPCError(.internal, "internal error")) {
      let _: Text = try await client.unary(
        Self.method("Throw", .unary), Text("oops"), CallOptions())
    }
  }

  @Test("of an unknown method is unimplemented")
  func unknownMethod() async {
    let client = client()
    await #expect(throws: RPCError(.unimplemented, "unknown method /test.Echo/Nope")) {
      let _: Text = try await client.unary(Self.method("Nope", .unary), Text(""), CallOptions())
    }
  }

  @Test("with two requests where one belongs is unimplemented")
  func cardinality() async throws {
    let client = client()
    let call: StreamingCall<Text, Text> = try await client.bidirectional(
      Self.method("Say", .unary), CallOptions())
    try await call.write(Text("1"))
    try await call.write(Text("2"))
    call.halfClose()
    #expect(await call.status().code == .unimplemented)
  }

  @Test("past its deadline ends, and its handler is cancelled")
  func deadline() async {
    let client = client()
    await #expect(throws: RPCError(.deadlineExceeded, "the deadline has passed")) {
      let _: Text = try await client.unary(
        Self.method("Hang", .unary), Text(""), .timeout(.milliseconds(5)))
    }
  }

  @Test("whose caller is cancelled ends as cancelled")
  func cancellation() async {
    let client = client()
    let task = Task<Text, any Error> {
      try await client.unary(Self.method("Hang", .unary), Text(""), CallOptions())
    }
    task.cancel()
    await #expect(throws: RPCError(.cancelled, "the call was cancelled")) { try await task.value }
  }

  @Test("passes the interceptors from the outermost in, and any of them may refuse")
  func interceptors() async throws {
    final class Trace: Sendable {
      let text: String
      init(_ text: String) { self.text = text }
    }
    struct Mark: ServerInterceptor {
      let name: String
      func intercept(_ call: ServerCall, _ next: (ServerCall) async throws -> Void) async throws {
        call.context = Trace(((call.context as? Trace)?.text ?? "") + name)
        try await next(call)
      }
    }
    struct Refuse: ServerInterceptor {
      func intercept(_ call: ServerCall, _ next: (ServerCall) async throws -> Void) async throws {
        throw RPCError(.permissionDenied, (call.context as? Trace)?.text ?? "nothing seen")
      }
    }
    let client = client(interceptors: [Mark(name: "a"), Mark(name: "b"), Refuse()])
    await #expect(throws: RPCError(.permissionDenied, "ab")) {
      let _: Text = try await client.unary(Self.method("Say", .unary), Text(""), CallOptions())
    }
  }

  @Test("makes a handler wait while its messages are not read, until they are or the call ends")
  func unread() async throws {
    let written = Atomic<Int>(0)
    let method = MethodDescriptor(service: "test.Echo", method: "Flood", kind: .serverStreaming)
    var router = Router()
    router.serverStreaming(method) {
      (request: Text, writer: ResponseWriter<Text>, call: ServerCall) in
      for _ in 0..<1000 {
        try await writer.write(Text("x"))
        written.wrappingAdd(1, ordering: .relaxed)
      }
    }
    let client = RPCClient(InProcessChannel(router))
    let all: StreamingCall<Text, Text> = try await client.serverStreaming(
      method, Text(""), CallOptions())
    while written.load(ordering: .relaxed) < UnreadLimit.messages { await Task.yield() }
    for _ in 0..<100 { await Task.yield() }
    #expect(written.load(ordering: .relaxed) == UnreadLimit.messages)
    var count = 0
    for try await _ in all.responses { count += 1 }
    #expect(count == 1000)
    let given: StreamingCall<Text, Text> = try await client.serverStreaming(
      method, Text(""), CallOptions())
    given.cancel()
    #expect(await given.status().code == .cancelled)
  }
}
