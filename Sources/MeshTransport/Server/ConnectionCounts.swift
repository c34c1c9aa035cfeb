import MeshIO

/// Where a connection comes from, as far as one customer of the internet can choose it freely: an
/// IPv4 address, or the 64 bits of an IPv6 address behind which everybody has all the rest.
struct ClientNetwork: Hashable {
  private let bits: UInt64
  private let isIPv6: Bool

  /// The network of an address; nil for unix sockets, whose callers the file system chooses.
  init?(_ address: SocketAddress) {
    switch address {
    case .ipv4(let host, _): (bits, isIPv6) = (UInt64(host), false)
    // IPv4 through a socket of both families (RFC 4291 §2.5.5.2).
    case .ipv6(0, let low, _, _) where low >> 32 == 0xffff:
      (bits, isIPv6) = (low & 0xffff_ffff, false)
    case .ipv6(let high, _, _, _): (bits, isIPv6) = (high, true)
    case .unix: return nil
    }
  }
}

/// How many connections a server has, from where, and how many of them have not greeted yet.
struct ConnectionCounts {
  /// Why a connection is refused.
  enum Refusal: Equatable {
    case connections, connectionsOfAddress, handshakes, handshakesOfAddress
  }

  private struct Count {
    var connections = 0
    /// Those among them that have not greeted.
    var handshakes = 0
  }

  private let caps: ConnectionCaps
  private var total = Count()
  private var byNetwork: [ClientNetwork: Count] = [:]

  init(_ caps: ConnectionCaps) {
    self.caps = caps
  }

  /// Counts a new connection in, or says why not.
  mutating func admit(_ network: ClientNetwork?) -> Refusal? {
    guard total.connections < caps.connections else { return .connections }
    guard total.handshakes < caps.handshakes else { return .handshakes }
    if let network {
      var count = byNetwork[network, default: Count()]
      guard count.connections < caps.connectionsPerAddress else { return .connectionsOfAddress }
      guard count.handshakes < caps.handshakesPerAddress else { return .handshakesOfAddress }
      count.connections += 1
      count.handshakes += 1
      byNetwork[network] = count
    }
    total.connections += 1
    total.handshakes += 1
    return nil
  }

  /// A connection has greeted: TLS and HTTP/2 are up.
  mutating func greeted(_ network: ClientNetwork?) {
    total.handshakes -= 1
    if let network { byNetwork[network]?.handshakes -= 1 }
  }

  /// A connection is over.
  mutating func ended(_ network: ClientNetwork?, hadGreeted: Bool) {
    if !hadGreeted { greeted(network) }
    total.connections -= 1
    guard let network, var count = byNetwork[network] else { return }
    count.connections -= 1
    byNetwork[network] = count.connections > 0 ? count : nil
  }
}

/// How many connections a server takes, all its loops together.
package struct ConnectionCaps: Sendable, Equatable {
  /// Open connections; each is a descriptor and some 16 KB.
  package var connections = 10_000
  /// Open connections from one IPv4 address or one IPv6 network of 64 bits.
  ///
  /// Unix sockets are not counted. Enough for an office behind one address, a tenth of all.
  package var connectionsPerAddress = 1000
  /// Connections that have not greeted yet, by TLS and HTTP/2.
  ///
  /// A handshake costs a signature, so this bounds what strangers can make us compute; honest ones
  /// greet within some round trips.
  package var handshakes = 512
  /// Those from one address.
  package var handshakesPerAddress = 128

  /// The usual caps.
  package init() {}
}
