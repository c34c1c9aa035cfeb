import MeshHTTP2
import MeshIO
import MeshRPC
import Synchronization
import Testing

@testable import MeshTransport

/// Counts, from whatever thread.
private final class Counter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
  var value: Int { count.load(ordering: .relaxed) }
}

@Suite("A call over a connection is made again", .timeLimit(.minutes(1)))
struct RepetitionTests {
  private static let watch = MethodDescriptor(
    service: "test.Echo", method: "Watch", kind: .serverStreaming)

  private func channel(_ address: SocketAddress, _ loops: [EventLoop]) -> TransportChannel {
    TransportChannel(ChannelConfig(to: address), loops: loops)
  }

  private func retrying(_ channel: TransportChannel) throws -> ConfiguredChannel {
    let policy = try RetryPolicy(
      maxAttempts: 3, initialBackoff: .milliseconds(1), maxBackoff: .milliseconds(1),
      backoffMultiplier: 1, retryableCodes: [.unavailable])
    return ConfiguredChannel(
      channel,
      try ServiceConfig(methods: [MethodConfig(names: [.all], repetition: .retry(policy))]))
  }

  private func say(_ channel: any Channel) async -> StatusCode {
    do throws(RPCError) {
      let _: Text = try await RPCClient(channel).unary(Echo.say, Text("hi"), CallOptions())
      return .ok
    } catch {
      return error.code
    }
  }

  @Test("once when the server refuses its stream, without any policy", arguments: [1, 2])
  func refused(times: Int) async throws {
    let requests = Counter()
    try await withScriptedServer { connection, event in
      switch event {
      case .request(let id, _) where requests.next() < times:
        connection.session.reset(id, .refusedStream)
      case .endOfRequest(let id): connection.answer(id)
      case .request, .ping, .lost: break
      }
    } _: { address, loops in
      #expect(await say(channel(address, loops)) == (times == 1 ? .ok : .unavailable))
      #expect(requests.value == 2)
    }
  }

  @Test("on another connection when a GOAWAY says that it was not seen")
  func goAway() async throws {
    let connections = Counter()
    try await withScriptedServer { connection, event in
      switch event {
      case .request where connection.number == 0:
        _ = connections.next()
        connection.session.goAway(lastStream: StreamID(rawValue: 0), code: .noError, debug: "bye")
      case .request, .ping, .lost: break
      case .endOfRequest(let id): if connection.number > 0 { connection.answer(id) }
      }
    } _: { address, loops in
      #expect(await say(channel(address, loops)) == .ok)
      #expect(connections.value == 1)
    }
  }

  @Test("by its policy when the connection is lost, and not without one")
  func lost() async throws {
    for isRetried in [true, false] {
      let requests = Counter()
      try await withScriptedServer { connection, event in
        guard case .endOfRequest(let id) = event else { return }
        if requests.next() == 0 {
          connection.hangUp()
        } else {
          connection.answer(id)
        }
      } _: { address, loops in
        let plain = channel(address, loops)
        let outcome = try await say(isRetried ? retrying(plain) : plain)
        #expect(outcome == (isRetried ? .ok : .unavailable))
        #expect(requests.value == (isRetried ? 2 : 1))
      }
    }
  }

  @Test("and says to its server how many attempts there were, whichever way it is made")
  func previousAttempts() async throws {
    let (heads, head) = AsyncStream<String?>.makeStream()
    let requests = Counter()
    try await withScriptedServer { connection, event in
      guard case .endOfRequest(let id) = event else { return }
      head.yield(connection.headers.first("grpc-previous-rpc-attempts"))
      guard requests.next() % 3 < 2 else { return connection.answer(id) }
      let status = Status(code: .unavailable, message: "not yet")
      connection.session.submitHeaders(
        id, GRPCHeaders.outcome(status, trailersOnly: true), endStream: true)
    } _: { address, loops in
      let channel = try retrying(channel(address, loops))
      var packed = CallOptions()
      packed.encoding = .gzip
      for options in [CallOptions(), packed] {
        let _: Text = try await RPCClient(channel).unary(Echo.say, Text("hi"), options)
      }
      let call: StreamingCall<Text, Text> = try await RPCClient(channel).serverStreaming(
        Self.watch, Text("hi"), CallOptions(metadata: ["grpc-previous-rpc-attempts": "7"]))
      for try await _ in call.responses {}
    }
    head.finish()
    let told = await heads.reduce(into: []) { $0.append($1) }
    #expect(told == [nil, "1", "2", nil, "1", "2", "7", "1", "2"])
  }

  @Test("not when a handler of ours says in its trailers that it must not be")
  func pushback() async throws {
    let requests = Counter()
    var router = Router()
    router.unary(Echo.say) { (_: Text, _: ServerCall) -> Text in
      _ = requests.next()
      throw RPCError(.unavailable, "never", trailers: ["grpc-retry-pushback-ms": "-1"])
    }
    try await withServer(router: router) { _, address, loops in
      let channel = try retrying(channel(address, loops))
      #expect(await say(channel) == .unavailable)
      #expect(requests.value == 1)
    }
  }

  @Test("as a stream too, when the server refuses it unseen")
  func streams() async throws {
    let requests = Counter()
    try await withScriptedServer { connection, event in
      switch event {
      case .request(let id, _) where requests.next() == 0:
        connection.session.reset(id, .refusedStream)
      case .endOfRequest(let id): connection.answer(id)
      case .request, .ping, .lost: break
      }
    } _: { address, loops in
      let channel = ConfiguredChannel(channel(address, loops), try ServiceConfig())
      let call: StreamingCall<Text, Text> = try await RPCClient(channel).serverStreaming(
        Self.watch, Text("hi"), CallOptions())
      var answers = 0
      for try await _ in call.responses { answers += 1 }
      #expect(answers == 1)
      #expect(requests.value == 2)
    }
  }
}
