import MeshKit
import MeshRPC

extension LifecycleRefusal: RPCErrorConvertible {
  /// `FAILED_PRECONDITION` with the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .wrongState(let action, let state):
      RPCErrors.refusal(
        .failedPrecondition, reason: "WRONG_STATE", description,
        metadata: ["action": action.rawValue, "state": state.rawValue])
    case .graceEnded:
      RPCErrors.refusal(.failedPrecondition, reason: "GRACE_ENDED", description)
    case .graceRuns:
      RPCErrors.refusal(.failedPrecondition, reason: "GRACE_RUNS", description)
    }
  }
}

extension ProvisioningRefusal: RPCErrorConvertible {
  /// The field and the rule, or the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .unknownRegion, .regionNotSovereign:
      RPCErrors.badRequest([FieldViolation("region", description)])
    case .unknownApp(let app):
      RPCErrors.refusal(
        .notFound, reason: "APP_NOT_FOUND", description, metadata: ["app_id": app.rawValue])
    case .unknownReseller(let reseller):
      RPCErrors.refusal(
        .notFound, reason: "RESELLER_NOT_FOUND", description,
        metadata: ["reseller_id": reseller.rawValue])
    case .brandDomainTaken(let domain):
      RPCErrors.refusal(
        .alreadyExists, reason: "BRAND_DOMAIN_TAKEN", description,
        metadata: ["brand_domain": domain.rawValue])
    }
  }
}
