import Synchronization
import Testing

@testable import MeshRPC

@Suite("A configured channel", .timeLimit(.minutes(1)))
struct ConfiguredChannelTests {
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)
  private static let hang = MethodDescriptor(service: "test.Echo", method: "Hang", kind: .unary)

  private func client(_ config: MethodConfig) throws -> RPCClient {
    var router = Router()
    router.unary(Self.say) { (request: Text, call: ServerCall) -> Text in
      Text(request.value + request.value)
    }
    router.unary(Self.hang) { (request: Text, call: ServerCall) -> Text in
      for await _ in AsyncStream<Never>.makeStream().stream {}
      throw CancellationError()
    }
    return RPCClient(
      ConfiguredChannel(InProcessChannel(router), try ServiceConfig(methods: [config])))
  }

  private func outcome(
    _ client: RPCClient, _ method: MethodDescriptor, _ text: String,
    _ options: CallOptions = CallOptions()
  ) async -> RPCError? {
    do throws(RPCError) {
      let _: Text = try await client.unary(method, Text(text), options)
      return nil
    } catch {
      return error
    }
  }

  @Test("ends a call after the config's time-out, or at the caller's deadline if that is earlier")
  func timeout() async throws {
    let late = RPCError(.deadlineExceeded, "the deadline has passed")
    let short = try client(MethodConfig(names: [.all], timeout: .milliseconds(5)))
    #expect(await outcome(short, Self.hang, "", .timeout(.seconds(600))) == late)
    #expect(await outcome(short, Self.hang, "") == late)
    let long = try client(MethodConfig(names: [.all], timeout: .seconds(600)))
    #expect(await outcome(long, Self.hang, "", .timeout(.milliseconds(5))) == late)
  }

  @Test("refuses messages over the limits of config and caller, whichever is less, both ways")
  func limits() async throws {
    let requests = try client(MethodConfig(names: [.all], maxRequestBytes: 3))
    #expect(await outcome(requests, Self.say, "123") == nil)
    let tooLarge = RPCError(.resourceExhausted, "the message has 4 bytes; the limit is 3")
    #expect(await outcome(requests, Self.say, "1234") == tooLarge)
    let responses = try client(MethodConfig(names: [.all], maxResponseBytes: 3))
    #expect(await outcome(responses, Self.say, "1") == nil)
    #expect(await outcome(responses, Self.say, "12") == tooLarge)
    var options = CallOptions()
    options.maxRequestBytes = 1
    let stricter = RPCError(.resourceExhausted, "the message has 2 bytes; the limit is 1")
    #expect(await outcome(requests, Self.say, "12", options) == stricter)
  }
}

@Suite("A call made while a call is served", .timeLimit(.minutes(1)))
struct NestedCallTests {
  private static let outer = MethodDescriptor(service: "test.Nest", method: "Outer", kind: .unary)
  private static let inner = MethodDescriptor(service: "test.Nest", method: "Inner", kind: .unary)

  /// `Outer` calls `Inner` with a minute to go; `Inner` tells what it has left, or hangs.
  private func client(hangs: Bool, _ cancelled: @escaping @Sendable () -> Void) -> RPCClient {
    var innermost = Router()
    innermost.unary(Self.inner) { (request: Text, call: ServerCall) -> Text in
      if hangs {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        if Task.isCancelled { cancelled() }
      }
      let left = call.deadline.map { "\($0.remaining < .seconds(31) ? "parent" : "own")" }
      return Text(left ?? "none")
    }
    let next = RPCClient(InProcessChannel(innermost))
    var router = Router()
    router.unary(Self.outer) { (request: Text, call: ServerCall) -> Text in
      try await next.unary(
        Self.inner, request, request.value == "own" ? .timeout(.seconds(60)) : CallOptions())
    }
    return RPCClient(InProcessChannel(router))
  }

  @Test(
    "has the earlier of both deadlines",
    arguments: [
      ("", 30, "parent"), ("own", 30, "parent"), ("own", 600, "own"), ("own", nil, "own"),
      ("", nil, "none"),
    ])
  func deadline(request: String, seconds: Int?, expected: String) async throws {
    let options = seconds.map { CallOptions.timeout(.seconds($0)) } ?? CallOptions()
    let answer: Text = try await client(hangs: false) {}.unary(Self.outer, Text(request), options)
    #expect(answer == Text(expected))
  }

  @Test("is cancelled with it")
  func cancellation() async throws {
    let (ends, source) = AsyncStream<Void>.makeStream()
    let client = client(hangs: true) { source.yield() }
    let caller = Task<Text, any Error> {
      try await client.unary(Self.outer, Text(""), .timeout(.milliseconds(20)))
    }
    await #expect(throws: RPCError.self) { try await caller.value }
    for await _ in ends { break }
  }
}
