/// Finds the route of a call and runs its handler behind the interceptors: a router that serves.
///
/// Any thread; nothing in it changes.
package final class Dispatcher: Sendable {
  private let table: RouteTable
  private let outermost: [any ServerInterceptor]
  private let fallback: Router.Handler

  /// Serves what `router` has registered.
  package init(_ router: Router) {
    table = RouteTable(router.routes)
    outermost = router.outermost
    fallback = router.fallback ?? Self.unimplemented
  }

  /// The route of the method at `path`, or one of its own for a path that is not registered.
  package func route(at path: UnsafeRawBufferPointer) -> Route {
    table.find(path)
      ?? Route(
        path: String(decoding: path, as: UTF8.self), method: nil, interceptors: outermost,
        handler: fallback)
  }

  /// Tells the interceptors of a call that is refused before it has a route.
  ///
  /// Headers that were too large to be kept have an empty `path` and no metadata.
  package func refused(
    _ code: StatusCode, at path: UnsafeRawBufferPointer, _ metadata: Metadata, from peer: Peer
  ) {
    let route = table.find(path)
    let call = RefusedCall(
      path: route?.path ?? String(decoding: path, as: UTF8.self), method: route?.method,
      metadata: metadata, peer: peer, code: code)
    for interceptor in outermost { interceptor.refused(call) }
  }

  /// The route of `method`.
  func route(of method: MethodDescriptor) -> Route {
    var path = method.path
    return path.withUTF8 { route(at: UnsafeRawBufferPointer($0)) }
  }

  private static func unimplemented(_ call: ServerCall) async throws {
    throw RPCError(.unimplemented, "unknown method \(call.path)")
  }
}

extension ServerCall {
  /// Serves the call to its end; whatever is thrown becomes its status.
  package func serve() async {
    do {
      if let deadline {
        try await Deadline.$current.withValue(deadline) { try await route.handler(self) }
      } else {
        try await route.handler(self)
      }
    } catch {
      var error = RPCError(thrown: error)
      // That a call made on the way was turned away says nothing about this one, which came here.
      error.reach = .handler
      finish(Status(error))
    }
  }
}
