import MeshKit
import MeshRPC

extension PlacementRefusal: RPCErrorConvertible {
  /// What is missing, with the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .noActivePool(let kind, let region):
      RPCErrors.refusal(
        .failedPrecondition, reason: "NO_ACTIVE_POOL", description,
        metadata: ["kind": kind.rawValue, "region": region])
    case .poolClosed(let kind, let index):
      RPCErrors.refusal(
        .aborted, reason: "POOL_CLOSED", description,
        metadata: ["kind": kind.rawValue, "index": "\(index.rawValue)"])
    }
  }
}
