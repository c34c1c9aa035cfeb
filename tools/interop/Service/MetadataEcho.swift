package import MeshRPC

/// Sends back what the interop tests ask for by metadata: one header and one binary trailer.
package struct MetadataEcho: ServerInterceptor {
  /// What comes back in the headers.
  package static let initial = "x-grpc-test-echo-initial"
  /// What comes back in the trailers.
  package static let trailing = "x-grpc-test-echo-trailing-bin"

  /// Echoes, then passes the call on.
  package func intercept(
    _ call: ServerCall, _ next: (ServerCall) async throws -> Void
  ) async throws {
    if let value = call.metadata.first(Self.initial) { call.addInitial(value, for: Self.initial) }
    if let value = call.metadata.firstBinary(Self.trailing) {
      var trailing = Metadata()
      trailing.add(binary: value, for: Self.trailing)
      call.addTrailing(trailing)
    }
    try await next(call)
  }
}
