/// A call's failure: what a handler throws and what a client catches.
///
/// The message goes to the caller: it names the field and the rule, never an internal.
package struct RPCError: Error, Sendable, Equatable {
  /// Never `.ok`.
  package let code: StatusCode
  /// Text for the caller, lower case, without a full stop.
  package let message: String
  /// The bytes of a `google.rpc.Status` for `grpc-status-details-bin`; empty for no details.
  package var details: [UInt8]
  /// What travels in the trailers beside the status.
  package var trailers: Metadata
  /// How far the call came; only a client's transport says less than `.handler`.
  package var reach: CallReach

  /// Whether the server has certainly not worked on the call.
  package var isUnprocessed: Bool { reach != .handler }

  /// Makes an error; `code` must not be `.ok`.
  package init(
    _ code: StatusCode, _ message: String, details: [UInt8] = [], trailers: Metadata = [:],
    reach: CallReach = .handler
  ) {
    precondition(code != .ok, "an error cannot be ok")
    self.code = code
    self.message = message
    self.details = details
    self.trailers = trailers
    self.reach = reach
  }
}

extension RPCError: CustomStringConvertible {
  /// The code's name and the message.
  package var description: String { "\(code.name): \(message)" }
}

/// An error that knows how it looks to a caller.
///
/// Whatever does not adopt it reaches the caller as `INTERNAL`, "internal error".
package protocol RPCErrorConvertible: Error {
  /// What the caller is told.
  var rpcError: RPCError { get }
}

extension RPCError: RPCErrorConvertible {
  /// The error itself.
  package var rpcError: RPCError { self }
}

extension RPCError {
  /// What the caller is told about any error that a handler throws.
  package init(thrown error: any Error) {
    switch error {
    case let known as any RPCErrorConvertible: self = known.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.internal, "internal error")
    }
  }
}
