/// Runs around every call of a server, whatever its kind; the first in the list is the outermost.
package protocol ServerInterceptor: Sendable {
  /// The interceptor as it runs around one method's calls; nil stands for all methods that are not
  /// registered.
  ///
  /// A router asks once for each method, so what depends on the method is looked up here and not in
  /// every call.
  func bound(to method: MethodDescriptor?) -> any ServerInterceptor
  /// Passes the call on with `next`, or refuses it by throwing.
  func intercept(_ call: ServerCall, _ next: (ServerCall) async throws -> Void) async throws
  /// Hears of a call that the transport has refused: `intercept` never sees it.
  ///
  /// Asked as bound to nil, whatever the call's method is.
  func refused(_ call: RefusedCall)
}

extension ServerInterceptor {
  /// The interceptor itself, for one that treats all methods alike.
  package func bound(to method: MethodDescriptor?) -> any ServerInterceptor { self }
  /// Does nothing.
  package func refused(_ call: RefusedCall) {}
}

/// A call that a server's transport refused because of its headers or its connection.
package struct RefusedCall: Sendable {
  /// `:path` as it was received; empty when the headers were too large to be kept.
  package let path: String
  /// The method; nil for a path that is not registered.
  package let method: MethodDescriptor?
  /// What else its headers said; empty when they were too large.
  package let metadata: Metadata
  /// Who called.
  package let peer: Peer
  /// The status that the caller sees.
  package let code: StatusCode
}
