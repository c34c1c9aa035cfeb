/// Whether a channel asks its endpoints for their health (gRFC A17), and what the answer means.
package enum HealthRule: Sendable, Equatable {
  /// It does not ask.
  case ignored
  /// An endpoint that does not serve gets calls only if no other can be reached that does.
  ///
  /// It has an answer of its own to give, which says more than that nobody serves.
  case preferred(service: String)
  /// An endpoint that does not serve is as good as one that cannot be reached, as gRFC A17 has it.
  case required(service: String)

  /// The service that is asked for; empty is the server as a whole, nil does not ask.
  package var service: String? {
    switch self {
    case .ignored: nil
    case .preferred(let service), .required(let service): service
    }
  }
}
