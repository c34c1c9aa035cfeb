package import MeshRPC

/// The one answer to whoever may not: it tells nothing about what exists.
package enum Denial {
  /// The text of every denial; the edge adds the configured contact line.
  package static let text = "You don't have access"

  /// For a caller without a valid credential.
  package static var signInFirst: RPCError { RPCError(.unauthenticated, text) }

  /// For a caller with one.
  package static var denied: RPCError { RPCError(.permissionDenied, text) }
}
