/// A call's outcome with everything that its trailers carry.
package struct Status: Sendable, Equatable {
  /// The outcome.
  package var code: StatusCode
  /// Text for the caller; empty when ok.
  package var message: String
  /// The bytes of a `google.rpc.Status`; empty for no details.
  package var details: [UInt8]
  /// The trailers' metadata without the status itself.
  package var trailers: Metadata
  /// How far the call came; only a client's transport says less than `.handler`.
  package var reach = CallReach.handler

  /// Whether the server has certainly not worked on the call.
  package var isUnprocessed: Bool { reach != .handler }

  /// A successful outcome.
  package static func ok(trailers: Metadata = [:]) -> Status {
    Status(code: .ok, message: "", details: [], trailers: trailers)
  }

  /// Makes an outcome.
  package init(code: StatusCode, message: String, details: [UInt8] = [], trailers: Metadata = [:]) {
    self.code = code
    self.message = message
    self.details = details
    self.trailers = trailers
  }

  /// The outcome of a call that failed so.
  package init(_ error: RPCError) {
    self.init(
      code: error.code, message: error.message, details: error.details, trailers: error.trailers)
    reach = error.reach
  }

  /// The failure, or nil when ok.
  package var error: RPCError? {
    guard code != .ok else { return nil }
    return RPCError(code, message, details: details, trailers: trailers, reach: reach)
  }
}
