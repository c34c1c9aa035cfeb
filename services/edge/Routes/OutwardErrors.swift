import MeshKit
import MeshRPC

/// What a caller from outside is told about a failure inside.
///
/// A service's own words pass. What a channel says of a service that cannot be reached names
/// addresses of the mesh: that goes to the log, and the caller is told to try again.
struct OutwardErrors: Sendable {
  private let log: Log

  /// Writes causes to `log`.
  init(_ log: Log) {
    self.log = log
  }

  /// The error for the caller of `path`.
  func error(_ thrown: any Error, path: String, requestID: String?) -> RPCError {
    let error = RPCError(thrown: thrown)
    switch error.code {
    // A refusal by a service has details; a channel's failure has none.
    case .unavailable where error.details.isEmpty:
      log(.warning, "a service cannot be reached", fields(thrown, path, requestID))
      return RPCError(.unavailable, "the service is not available right now; try again")
    case .deadlineExceeded where error.isUnprocessed:
      log(.warning, "a service cannot be reached in time", fields(thrown, path, requestID))
      return RPCError(.deadlineExceeded, "the deadline has passed")
    case .internal, .unknown, .dataLoss:
      log(.error, "a call failed", fields(thrown, path, requestID))
      return error
    default: return error
    }
  }

  private func fields(
    _ error: any Error, _ path: String, _ requestID: String?
  ) -> KeyValuePairs<String, String> {
    ["path": String(path.prefix(200)), "request_id": requestID ?? "", "cause": "\(error)"]
  }
}
