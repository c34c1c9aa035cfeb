import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS

@testable import MeshTransport

/// A message that is its bytes.
struct Text: RPCMessage, Equatable {
  var value: String
  init(_ value: String) { self.value = value }
  init(bytes: UnsafeRawBufferPointer) throws { value = String(decoding: bytes, as: UTF8.self) }
  func pieces(reserving prefix: Int) -> (first: [UInt8], others: [[UInt8]]) {
    ([UInt8](repeating: 0, count: prefix) + Array(value.utf8), [])
  }
}

/// The methods that the tests call.
enum Echo {
  static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)
  static let fail = MethodDescriptor(service: "test.Echo", method: "Fail", kind: .unary)
  static let hang = MethodDescriptor(service: "test.Echo", method: "Hang", kind: .unary)
  static let who = MethodDescriptor(service: "test.Echo", method: "Who", kind: .unary)
  static let count = MethodDescriptor(
    service: "test.Echo", method: "Count", kind: .serverStreaming)
  static let join = MethodDescriptor(service: "test.Echo", method: "Join", kind: .clientStreaming)
  static let chat = MethodDescriptor(
    service: "test.Echo", method: "Chat", kind: .bidirectionalStreaming)

  /// A router with all of them; `hung` is told when `Hang` begins (true) and is cancelled (false).
  static func router(hung: AsyncStream<Bool>.Continuation? = nil) -> Router {
    var router = Router()
    router.unary(say) { (request: Text, call: ServerCall) -> Text in
      call.addInitial("yes", for: "initial")
      call.addTrailing("yes", for: "trailing")
      return Text(call.metadata.first("prefix").map { $0 + request.value } ?? request.value)
    }
    router.unary(fail) { (request: Text, call: ServerCall) -> Text in
      throw RPCError(.notFound, request.value, details: [1, 2, 3], trailers: ["hint": "here"])
    }
    router.unary(hang) { (request: Text, call: ServerCall) -> Text in
      hung?.yield(true)
      await withTaskCancellationHandler {
        await withCheckedContinuation { waiter in
          Task {
            for await _ in AsyncStream<Never>.makeStream().stream {}; waiter.resume()
          }
        }
      } onCancel: {
        hung?.yield(false)
      }
      return request
    }
    router.unary(who) { (request: Text, call: ServerCall) -> Text in
      switch call.peer.trust {
      case .unknown: Text("unknown")
      case .localSocket: Text("local")
      case .certificate(let name): Text(name)
      }
    }
    router.serverStreaming(count) {
      (request: Text, writer: ResponseWriter<Text>, call: ServerCall) in
      for number in 0..<(Int(request.value) ?? 0) { try await writer.write(Text("\(number)")) }
    }
    router.clientStreaming(join) { (requests: TypedMessages<Text>, call: ServerCall) -> Text in
      var bytes = 0
      for try await request in requests { bytes += request.value.utf8.count }
      return Text("\(bytes)")
    }
    router.bidirectional(chat) {
      (requests: TypedMessages<Text>, writer: ResponseWriter<Text>, call: ServerCall) in
      for try await request in requests { try await writer.write(Text("re: \(request.value)")) }
    }
    return router
  }
}

/// A server on loops of its own, gone when the body ends.
func withServer<Result>(
  on address: SocketAddress = .loopback(port: 0), loops count: Int = 1, tls: TLSContext? = nil,
  limits: HTTP2Limits = HTTP2Limits(),
  messageLimit: Int = 4 << 20, router: Router = Echo.router(), plain: PlainHandler? = nil,
  change: (inout ServerConfig) -> Void = { _ in },
  _ body: (Server, SocketAddress, [EventLoop]) async throws -> Result
) async throws -> Result {
  let group = try EventLoopGroup(count: count, name: "test")
  try group.start()
  var config = ServerConfig(
    endpoints: [.init(address, tls: tls)], limits: limits)
  config.messageLimit = messageLimit
  change(&config)
  let server = Server(config, loops: group.loops, router: router, plain: plain)
  do {
    let addresses = try await server.start()
    let result = try await body(server, addresses[0], group.loops)
    await server.stop()
    await group.stop()
    return result
  } catch {
    await server.stop()
    await group.stop()
    throw error
  }
}

extension ChannelConfig {
  /// Leads to servers of a test.
  init(to addresses: SocketAddress..., tls: TLSContext? = nil, serverName: String = "test") {
    let endpoints = addresses.compactMap { EndpointAddress(parsing: "\($0)") }
    self.init(target: .addresses(endpoints), tls: tls, serverName: serverName)
  }
}
