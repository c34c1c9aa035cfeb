import Synchronization
import Testing

@testable import MeshRPC

/// Writes its name behind those before it.
private struct Mark: ClientInterceptor {
  let name: String

  func begin(_ method: MethodDescriptor, _ options: inout CallOptions) -> Ending? {
    options.metadata.add(name, for: "mark")
    return nil
  }
}

/// Keeps how calls end.
private final class Ends: ClientInterceptor {
  let seen = Mutex<[CallEnd]>([])
  private let told = AsyncStream<CallEnd>.makeStream()

  /// The end of the first call, which may come after the caller has its answer.
  func first() async -> CallEnd? {
    await told.stream.first { _ in true }
  }

  func begin(_ method: MethodDescriptor, _ options: inout CallOptions) -> Ending? {
    { [self] end in
      seen.withLock { $0.append(end) }
      told.continuation.yield(end)
    }
  }
}

private struct Refusal: ClientInterceptor {
  func begin(
    _ method: MethodDescriptor, _ options: inout CallOptions
  ) throws(RPCError) -> Ending? {
    throw RPCError(.permissionDenied, "\(method.method) is refused")
  }
}

@Suite("A client interceptor")
struct ClientInterceptorTests {
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)
  private static let chat = MethodDescriptor(
    service: "test.Echo", method: "Chat", kind: .bidirectionalStreaming)

  private func client(_ interceptors: [any ClientInterceptor]) -> RPCClient {
    var router = Router()
    router.unary(Self.say) { (request: Text, call: ServerCall) -> Text in
      if request.value.isEmpty { throw RPCError(.invalidArgument, "nothing to say") }
      let marks = call.metadata.pairs.filter { $0.name == "mark" }.map { pair in
        if case .string(let mark) = pair.value { mark } else { "" }
      }
      return Text(request.value + marks.joined())
    }
    router.bidirectional(Self.chat) {
      (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, call: ServerCall) in
      for try await request in requests { try await writer.write(request) }
    }
    return RPCClient(InProcessChannel(router).intercepted(by: interceptors))
  }

  @Test("changes the call on its way, the first in the list first")
  func order() async throws {
    let client = client([Mark(name: "a"), Mark(name: "b")])
    let answer: Text = try await client.unary(Self.say, Text("hi "), CallOptions())
    #expect(answer == Text("hi ab"))
  }

  @Test("refuses a call by throwing, and what stands behind it is not asked")
  func refusal() async {
    let ends = Ends()
    let client = client([Refusal(), ends])
    await #expect(throws: RPCError(.permissionDenied, "Say is refused")) {
      let _: Text = try await client.unary(Self.say, Text("hi"), CallOptions())
    }
    #expect(ends.seen.withLock { $0.isEmpty })
  }

  @Test("sees how a call ends and what it carried, once")
  func ends() async throws {
    let whole = Ends()
    let _: Text = try await client([whole]).unary(Self.say, Text("four"), CallOptions())
    #expect(
      await whole.first()
        == CallEnd(
          status: .ok(), hadHeaders: true, sentBytes: 4, receivedBytes: 4))

    let failed = Ends()
    await #expect(throws: RPCError.self) {
      let _: Text = try await client([failed]).unary(Self.say, Text(""), CallOptions())
    }
    let failure = Status(code: .invalidArgument, message: "nothing to say")
    #expect(
      await failed.first()
        == CallEnd(
          status: failure, hadHeaders: false, sentBytes: 0, receivedBytes: 0))

    let streamed = Ends()
    let call: StreamingCall<Text, Text> = try await client([streamed]).bidirectional(
      Self.chat, CallOptions())
    try await call.write(Text("12"))
    try await call.write(Text("345"))
    call.halfClose()
    for try await _ in call.responses {}
    call.cancel()
    #expect(
      await streamed.first()
        == CallEnd(
          status: .ok(), hadHeaders: true, sentBytes: 5, receivedBytes: 5))

    for ends in [whole, failed, streamed] { #expect(ends.seen.withLock { $0.count } == 1) }
  }

  @Test("that comes after the end is told at once")
  func late() async throws {
    let stream = try await client([]).channel.open(Self.say, CallOptions())
    try await stream.sendLast(Text("x").framed)
    _ = await stream.status()
    let told = Mutex<StatusCode?>(nil)
    stream.onEnd { end in told.withLock { $0 = end.status.code } }
    #expect(told.withLock { $0 } == .ok)
  }
}
