/// Finds the handler of a call by its path and runs it behind the interceptors.
///
/// Built once before the server starts; afterwards it only reads.
package struct Router: Sendable {
  /// What answers one method: reads the call's messages and sends its answer through it.
  package typealias Handler = @Sendable (ServerCall) async throws -> Void

  /// A method's handler with what runs around it.
  private struct Route: Sendable {
    let handler: Handler
    let interceptors: [any ServerInterceptor]
  }

  private var routes: [String: Route] = [:]
  private let interceptors: [any ServerInterceptor]
  /// What runs around the calls of methods that are not registered.
  private let outermost: [any ServerInterceptor]
  /// The methods that were registered, in order.
  package private(set) var methods: [MethodDescriptor] = []
  /// Takes every call whose path is not registered; without it they are `UNIMPLEMENTED`.
  package var fallback: Handler?

  /// Makes an empty router.
  package init(interceptors: [any ServerInterceptor] = []) {
    self.interceptors = interceptors
    outermost = interceptors.map { $0.bound(to: nil) }
  }

  /// Registers a handler that reads and answers the raw call.
  package mutating func register(_ method: MethodDescriptor, handler: @escaping Handler) {
    precondition(routes[method.path] == nil, "a method has one handler")
    routes[method.path] = Route(
      handler: handler, interceptors: interceptors.map { $0.bound(to: method) })
    methods.append(method)
  }

  /// Registers a handler of one request and one response.
  package mutating func unary<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor,
    _ handle: @escaping @Sendable (Request, ServerCall) async throws -> Response
  ) {
    register(method) { call in
      let response = try await handle(try await Self.only(call), call)
      call.respond(try await Self.message(response, call))
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
      try await handle(try await Self.only(call), ResponseWriter(call), call)
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

  /// Serves one call to its end; whatever is thrown becomes its status.
  package func serve(_ call: ServerCall) async {
    do {
      if let route = routes[call.path] {
        try await Self.run(call, route.interceptors[...], route.handler)
      } else {
        try await Self.run(call, outermost[...], fallback ?? Self.unimplemented)
      }
    } catch {
      var error = RPCError(thrown: error)
      // That a call made on the way was turned away says nothing about this one, which came here.
      error.reach = .handler
      call.finish(Status(error))
    }
  }

  private static func run(
    _ call: ServerCall, _ interceptors: ArraySlice<any ServerInterceptor>, _ handler: Handler
  ) async throws {
    guard let first = interceptors.first else { return try await handler(call) }
    try await first.intercept(call) { call in
      try await run(call, interceptors.dropFirst(), handler)
    }
  }

  private static func unimplemented(_ call: ServerCall) async throws {
    throw RPCError(.unimplemented, "unknown method \(call.path)")
  }

  /// The message in the form in which it is sent.
  fileprivate static func message(
    _ message: some RPCMessage, _ call: ServerCall
  ) async throws(RPCError) -> WireMessage {
    call.encoding == .identity ? message.framed : try await call.encoded(message.framed)
  }

  /// The one request of a call (gRPC core, `doc/statuscodes.md`: wrong cardinality is
  /// UNIMPLEMENTED).
  private static func only<Request: RPCMessage>(
    _ call: ServerCall
  ) async throws(RPCError) -> Request {
    guard let wire = try await call.inbound.next() else {
      throw RPCError(.unimplemented, "the call needs exactly one message and had none")
    }
    guard try await call.inbound.next() == nil else {
      throw RPCError(.unimplemented, "the call needs exactly one message and had more")
    }
    return try Request(wire, failure: .internal)
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
