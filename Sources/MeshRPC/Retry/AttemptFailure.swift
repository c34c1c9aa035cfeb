/// What a failed attempt tells those who decide about the next one.
struct AttemptFailure: Sendable, Equatable {
  /// What a server says about further attempts.
  enum Pushback: Sendable, Equatable {
    /// Not before so long.
    case after(Duration)
    /// None.
    case stop
  }

  var code: StatusCode
  /// How far the attempt came.
  var reach = CallReach.handler
  /// Whether the answer had begun: then it is the caller's, failed or not.
  var hadHeaders = false
  var pushback: Pushback?

  init(_ status: Status, hadHeaders: Bool) {
    code = status.code
    reach = status.reach
    self.hadHeaders = hadHeaders
    pushback = status.trailers.first("grpc-retry-pushback-ms").map { Self.pushback($0) }
  }

  /// Reads milliseconds; what is negative or no number asks for no further attempt (gRFC A6).
  static func pushback(_ text: String) -> Pushback {
    guard let milliseconds = Int32(text), milliseconds >= 0 else { return .stop }
    return .after(.milliseconds(Int64(milliseconds)))
  }

  init(
    code: StatusCode, reach: CallReach = .handler, hadHeaders: Bool = false,
    pushback: Pushback? = nil
  ) {
    self.code = code
    self.reach = reach
    self.hadHeaders = hadHeaders
    self.pushback = pushback
  }
}
