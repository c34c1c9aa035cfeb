/// One piece of work in a trace: a call served, a call made, or one attempt of it.
package struct TraceSpan: Sendable, Equatable {
  /// Which side of a call it is.
  package enum Kind: Sendable, Equatable {
    /// A call that was served.
    case server
    /// A call that was made.
    case client
    /// Something inside: one attempt of a call.
    case attempt

    /// What stands before the method's name (gRFC A72).
    package var prefix: String {
      switch self {
      case .server: "Recv."
      case .client: "Sent."
      case .attempt: "Attempt."
      }
    }
  }

  /// Its place in the trace; `spanID` is its own.
  package let context: TraceContext
  /// The span that it is a child of; nil for the first of its trace.
  package let parentID: UInt64?
  /// Which side of a call it is.
  package let kind: Kind
  /// The method's full name without the leading slash.
  package let method: String
  /// When it began, in nanoseconds since 1970 UTC.
  package let start: UInt64
  /// How long it took, in nanoseconds.
  package var nanoseconds = 0
  /// How it ended.
  package var code = StatusCode.ok
  /// Payloads sent, in bytes.
  package var sentBytes = 0
  /// Payloads received, in bytes.
  package var receivedBytes = 0
  /// Attempts of the same call before this one.
  package var previousAttempts = 0

  /// The method's name behind the kind's prefix, for example
  /// `Recv.tenantry.tenants.v1.TenantService.GetTenant`.
  package var name: String { kind.prefix + method.map { $0 == "/" ? "." : $0 } }

  /// Begins a span at `start`.
  package init(
    context: TraceContext, parentID: UInt64?, kind: Kind, method: String, start: UInt64
  ) {
    self.context = context
    self.parentID = parentID
    self.kind = kind
    self.method = method
    self.start = start
  }
}
