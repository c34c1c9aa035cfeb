import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A call that a server refuses before a handler runs", .timeLimit(.minutes(1)))
struct RefusalTests {
  enum Cause: CaseIterable {
    case timeout, encoding, size, handlers

    /// A header that is wrong.
    var header: (name: String, value: String)? {
      switch self {
      case .timeout: ("grpc-timeout", "5s")
      case .encoding: ("grpc-encoding", "br")
      case .size, .handlers: nil
      }
    }

    var code: StatusCode {
      switch self {
      case .timeout: .internal
      case .encoding: .unimplemented
      case .size: .resourceExhausted
      case .handlers: .unavailable
      }
    }

    func limit(_ config: inout ServerConfig) {
      switch self {
      case .timeout, .encoding: break
      case .size: config.limits.headerListBytes = 100
      case .handlers: config.handlers = 0
      }
    }
  }

  private struct Witness: ServerInterceptor {
    let tell: AsyncStream<RefusedCall>.Continuation

    func intercept(
      _ call: ServerCall, _ next: (ServerCall) async throws -> Void
    ) async throws {
      Issue.record("the call was served")
      tell.finish()
    }

    func refused(_ call: RefusedCall) { tell.yield(call) }
  }

  /// What a client sends to make one call, which our own client would not send.
  private static func request(_ header: (name: String, value: String)?) -> [UInt8] {
    var fields = [
      (":method", "POST"), (":scheme", "http"), (":path", "/test.Echo/Say"),
      (":authority", "test"), ("content-type", "application/grpc"), ("mine", "here"),
    ]
    if let header { fields.append((header.name, header.value)) }
    var block: [UInt8] = []
    for (name, value) in fields {
      // Literal without indexing, with a new name (RFC 7541 §6.2.2).
      block += [0, UInt8(name.utf8.count)]
      block += name.utf8
      block.append(UInt8(value.utf8.count))
      block += value.utf8
    }
    let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    // HEADERS with END_HEADERS and END_STREAM.
    let head: [UInt8] = [0, UInt8(block.count >> 8), UInt8(block.count & 0xFF), 1, 5, 0, 0, 0, 1]
    return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings + head + block
  }

  @Test("is told to the interceptors", arguments: Cause.allCases)
  func told(cause: Cause) async throws {
    let (refusals, tell) = AsyncStream<RefusedCall>.makeStream()
    var router = Router(interceptors: [Witness(tell: tell)])
    router.unary(Echo.say) { (request: Text, _) in request }
    try await withServer(
      router: router, change: { cause.limit(&$0) }
    ) { _, address, loops in
      let socket = try await Connector.connect(
        to: address, timeout: .seconds(5), on: loops[0])
      let bytes = Self.request(cause.header)
      let result = try bytes.withUnsafeBytes { try socket.write($0) }
      #expect(result == .bytes(bytes.count))
      var seen = refusals.makeAsyncIterator()
      let call = try #require(await seen.next())
      #expect(call.code == cause.code)
      #expect(call.peer.host == "127.0.0.1")
      #expect(call.path == (cause == .size ? "" : Echo.say.path))
      #expect(call.method == (cause == .size ? nil : Echo.say))
      #expect(call.metadata.first("mine") == (cause == .size ? nil : "here"))
    }
  }
}
