/// Who is at the other end of a connection.
package struct Peer: Sendable, Hashable {
  /// How far the connection itself vouches for the peer.
  package enum Trust: Sendable, Hashable {
    /// Anyone who could connect.
    case unknown
    /// A process that may open this machine's mesh sockets.
    case localSocket
    /// A client certificate with this URI name, for example `spiffe://mesh/edge`.
    case certificate(String)
  }

  /// The address, for example `127.0.0.1:50312`.
  package let address: String
  /// How far the connection vouches for it.
  package let trust: Trust

  /// The address without its port, for example `127.0.0.1`.
  package let host: String

  /// Names a peer.
  package init(address: String, trust: Trust) {
    self.address = address
    self.trust = trust
    host = Self.host(of: address)
  }

  private static func host(of address: String) -> String {
    guard !address.hasPrefix("unix:"), let colon = address.lastIndex(of: ":") else {
      return address
    }
    let host = address[..<colon]
    return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
  }
}
