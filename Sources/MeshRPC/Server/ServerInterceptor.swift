/// Runs around every call of a server, whatever its kind; the first in the list is the outermost.
package protocol ServerInterceptor: Sendable {
  /// Passes the call on with `next`, or refuses it by throwing.
  func intercept(_ call: ServerCall, _ next: (ServerCall) async throws -> Void) async throws
}
