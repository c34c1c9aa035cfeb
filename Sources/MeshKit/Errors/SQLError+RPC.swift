package import MeshRPC
package import MeshSQL

extension SQLError: RPCErrorConvertible {
  /// What a caller is told when the database fails and the service has no better word.
  ///
  /// Passing troubles are `UNAVAILABLE`, a cancelled statement is the caller's own cancellation,
  /// and everything else is ours: `INTERNAL`, with the cause in the log only.
  package var rpcError: RPCError {
    switch self {
    case .cancelled: RPCError(.cancelled, "the call was cancelled")
    case .serialization: RPCError(.aborted, "somebody else changed the same; try again")
    case _ where isTransient: RPCError(.unavailable, "the database is not available right now")
    default: RPCError(.internal, "internal error")
    }
  }
}
