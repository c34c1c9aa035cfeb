package import MeshIO
package import MeshTLS

/// Why a connection is over, in words for people.
package enum LinkEnd: Error, Sendable, Equatable {
  /// The peer closed it.
  case closedByPeer
  /// We closed it, for this reason.
  case closedHere(String)
  /// The operating system reports a failure.
  case io(IOError)
  /// TLS failed.
  case tls(TLSError)
  /// HTTP/2 failed: the rule and who broke it.
  case http2(String)
  /// The peer took nothing, or said nothing, for too long.
  case timedOut(String)
}

extension LinkEnd: CustomStringConvertible {
  /// The reason.
  package var description: String {
    switch self {
    case .closedByPeer: "the peer closed the connection"
    case .closedHere(let reason): reason
    case .io(let error): "\(error)"
    case .tls(let error): "TLS: \(error)"
    case .http2(let reason): "HTTP/2: \(reason)"
    case .timedOut(let what): "timed out: \(what)"
    }
  }
}
