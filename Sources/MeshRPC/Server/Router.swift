/// What answers which method, behind which interceptors: put together before a server starts.
package struct Router: Sendable {
  /// What answers one method: reads the call's messages and sends its answer through it.
  package typealias Handler = @Sendable (ServerCall) async throws -> Void

  private var paths: Set<String> = []
  private let interceptors: [any ServerInterceptor]
  /// What runs around the calls of methods that are not registered.
  let outermost: [any ServerInterceptor]
  private(set) var routes: [Route] = []
  /// Takes every call whose path is not registered; without it they are `UNIMPLEMENTED`.
  package var fallback: Handler?

  /// Makes an empty router.
  package init(interceptors: [any ServerInterceptor] = []) {
    self.interceptors = interceptors
    outermost = interceptors.map { $0.bound(to: nil) }
  }

  /// The methods that were registered, in order.
  package var methods: [MethodDescriptor] { routes.compactMap(\.method) }

  /// Registers a handler that reads and answers the raw call.
  package mutating func register(_ method: MethodDescriptor, handler: @escaping Handler) {
    precondition(paths.insert(method.path).inserted, "a method has one handler")
    routes.append(
      Route(
        path: method.path, method: method,
        interceptors: interceptors.map { $0.bound(to: method) }, handler: handler))
  }

  /// Registers a handler of one request and one response.
  package mutating func unary<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ handle: @escaping @Sendable (Request, ServerCall) async throws -> Response
  ) {
    register(method) { call in
      let request: Request =
        if let whole = call.inbound.takeWhole() {
          try Request(whole, failure: .internal)
        } else {
          try Request(try await call.inbound.whole(), failure: .internal)
        }
      let response = try await handle(request, call)
      // As `message` has it, but here: the usual answer needs no further asynchronous frame.
      call.respond(
        call.encoding == .identity ? response.framed : try await call.encoded(response.framed))
    }
  }

  /// Registers a handler of many requests and one response.
  package mutating func clientStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ handle: @escaping @Sendable (TypedMessages<Request>, ServerCall) async throws -> Response
  ) {
    register(method) { call in
      let response = try await handle(TypedMessages(call.inbound), call)
      call.respond(try await Self.message(response, call))
    }
  }

  /// Registers a handler of one request and many responses.
  package mutating func serverStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ handle:
      @escaping @Sendable (Request, ResponseWriter<Response>, ServerCall) async throws -> Void
  ) {
    register(method) { call in
      let request = try Request(try await call.inbound.whole(), failure: .internal)
      try await handle(request, ResponseWriter(call), call)
      call.finish(.ok())
    }
  }

  /// Registers a handler of many requests and many responses.
  package mutating func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ handle:
      @escaping @Sendable (TypedMessages<Request>, ResponseWriter<Response>, ServerCall)
      async throws -> Void
  ) {
    register(method) { call in
      try await handle(TypedMessages(call.inbound), ResponseWriter(call), call)
      call.finish(.ok())
    }
  }

  /// The message in the form in which it is sent.
  fileprivate static func message(
    _ message: some RPCMessage, _ call: ServerCall
  ) async throws(RPCError) -> WireMessage {
    call.encoding == .identity ? message.framed : try await call.encoded(message.framed)
  }
}

/// Where a handler writes the messages of a streamed answer.
package struct ResponseWriter<Message: RPCMessage>: Sendable {
  private let call: ServerCall

  /// Writes to `call`.
  package init(_ call: ServerCall) {
    self.call = call
  }

  /// Sends one message; waits while the caller reads slower than this writes.
  ///
  /// With `compressed` false it is sent as it is, though the answer has an encoding.
  package func write(_ message: Message, compressed: Bool = true) async throws(RPCError) {
    try await call.send(
      compressed ? Router.message(message, call) : message.framed)
  }
}

/// A service that can be put on a router; generated service protocols adopt it.
package protocol RPCService: Sendable {
  /// Registers every method of the service.
  func register(on router: inout Router)
}
