/// How a channel, or its way to one address, stands (gRPC core,
/// `doc/connectivity-semantics-and-api.md`).
package enum ConnectivityState: Sendable, Hashable {
  /// No connection, and none wanted until there is a call.
  case idle
  /// A connection is being made.
  case connecting
  /// Calls go out.
  case ready
  /// The last attempt failed; the next one waits for its time.
  case transientFailure
  /// Closed for good.
  case shutdown
}
