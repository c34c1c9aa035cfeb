package import MeshIO

/// What becomes of a channel's connections, for people who read logs.
package enum ChannelEvent: Sendable, Equatable {
  /// The server has greeted.
  case connected(SocketAddress)
  /// An attempt has failed, and why; told again when the reason is another.
  case attemptFailed(SocketAddress, reason: String)
  /// A connection is over or takes no more calls, and why.
  case connectionEnded(SocketAddress, reason: String)
  /// The endpoint fails more than the others and gets no calls for a while.
  case ejected(SocketAddress)
  /// The endpoint gets calls again.
  case returned(SocketAddress)
  /// The endpoint lets calls expire without a word and gets none while there are others.
  case fellSilent(SocketAddress)
  /// The endpoint that was silent has spoken, and gets calls again.
  case spoke(SocketAddress)
  /// The server says that it does not serve, or does not tell, or serves (again).
  case healthChanged(SocketAddress, problem: String?)
  /// The server knows no health protocol and is taken to serve.
  case healthUnknown(SocketAddress)
  /// The server has complained about pings; from now on there are this many seconds between them.
  case pingsReduced(SocketAddress, interval: Duration)
  /// The name cannot be looked up.
  case unresolved(reason: String)
}

extension ChannelEvent: CustomStringConvertible {
  /// One line, lower case, without a full stop.
  package var description: String {
    switch self {
    case .connected(let address): "connected to \(address)"
    case .attemptFailed(_, let reason): reason
    case .connectionEnded(let address, let reason): "connection to \(address) ended: \(reason)"
    case .ejected(let address): "\(address) fails too often and is left out"
    case .returned(let address): "\(address) is used again"
    case .fellSilent(let address): "\(address) lets calls expire without a word and is left out"
    case .spoke(let address): "\(address) has spoken again and is used"
    case .healthChanged(let address, let problem):
      "\(address) \(problem ?? "says that it serves")"
    case .healthUnknown(let address): "\(address) has no health service"
    case .pingsReduced(let address, let interval):
      "\(address) complains about pings; they now come every \(interval)"
    case .unresolved(let reason): reason
    }
  }
}
