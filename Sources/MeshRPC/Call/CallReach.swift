/// How far a call may have come before it failed: what decides whether it may be sent again
/// without asking what it does (gRFC A6, "Transparent Retries").
package enum CallReach: Sendable, Hashable {
  /// It has not left this process: it may be sent again as often as its deadline allows.
  case client
  /// The server's transport turned it away before any handler saw it, by REFUSED_STREAM or by a
  /// GOAWAY with a lower last stream: it may be sent again once.
  case transport
  /// A handler may have seen it.
  case handler
}
