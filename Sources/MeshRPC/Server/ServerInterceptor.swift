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
}

extension ServerInterceptor {
  /// The interceptor itself, for one that treats all methods alike.
  package func bound(to method: MethodDescriptor?) -> any ServerInterceptor { self }
}
