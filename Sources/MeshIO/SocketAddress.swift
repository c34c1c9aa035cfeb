import Glibc

/// Where a socket listens or connects to.
package enum SocketAddress: Sendable, Hashable {
  /// An IPv4 address in host byte order (127.0.0.1 is `0x7f00_0001`) and a port.
  case ipv4(UInt32, port: UInt16)
  /// The two halves of an IPv6 address in host byte order, the interface for link-local ones (else
  /// 0), and a port.
  case ipv6(high: UInt64, low: UInt64, scope: UInt32 = 0, port: UInt16)
  /// A path in the file system, at most 107 bytes; empty for a peer that has bound none.
  case unix(String)

  /// The longest path of a Unix socket in bytes (unix(7): 108 with the closing zero).
  package static let pathBytesMax = 107

  /// The IPv4 loopback address; port 0 lets the kernel choose when listening.
  package static func loopback(port: UInt16) -> SocketAddress {
    .ipv4(0x7f00_0001, port: port)
  }

  /// Reads `127.0.0.1:80`, `[::1]:80`, `[fe80::1%eth0]:80` or `unix:/path`; host names are
  /// ``Resolver``'s to look up.
  ///
  /// - Throws: `IOError.invalidAddress` with the text.
  package init(parsing text: String) throws(IOError) {
    guard let address = Self.unixAddress(text) ?? Self.internetAddress(text) else {
      throw .invalidAddress(text)
    }
    self = address
  }

  /// Reads an IPv4 or IPv6 address without brackets; nil when the text is neither.
  package init?(literal host: String, port: UInt16) {
    guard let address = Self.ipv4Address(host, port) ?? Self.ipv6Address(host, port) else {
      return nil
    }
    self = address
  }

  /// The port; nil for a Unix socket.
  package var port: UInt16? {
    switch self {
    case .ipv4(_, let port), .ipv6(_, _, _, let port): port
    case .unix: nil
    }
  }

  /// The same address with another port; a Unix address stays as it is.
  package func withPort(_ port: UInt16) -> SocketAddress {
    switch self {
    case .ipv4(let host, _): .ipv4(host, port: port)
    case .ipv6(let high, let low, let scope, _):
      .ipv6(high: high, low: low, scope: scope, port: port)
    case .unix: self
    }
  }

  private static func unixAddress(_ text: String) -> SocketAddress? {
    guard text.hasPrefix("unix:") else { return nil }
    let path = String(text.dropFirst("unix:".count))
    guard !path.isEmpty, path.utf8.count <= pathBytesMax, !path.utf8.contains(0) else {
      return nil
    }
    return .unix(path)
  }

  private static func internetAddress(_ text: String) -> SocketAddress? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...].utf8
    guard (1...5).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
      let port = UInt16(String(digits) ?? "")
    else { return nil }
    let host = text[..<colon]
    guard host.hasPrefix("[") else { return ipv4Address(String(host), port) }
    guard host.hasSuffix("]") else { return nil }
    return ipv6Address(String(host.dropFirst().dropLast()), port)
  }

  private static func ipv4Address(_ host: String, _ port: UInt16) -> SocketAddress? {
    var address = in_addr()
    guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
    return .ipv4(UInt32(bigEndian: address.s_addr), port: port)
  }

  private static func ipv6Address(_ host: String, _ port: UInt16) -> SocketAddress? {
    let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first else { return nil }
    var scope: UInt32 = 0
    if parts.count == 2 {
      scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
      guard scope != 0 else { return nil }
    }
    var address = in6_addr()
    guard inet_pton(AF_INET6, String(first), &address) == 1 else { return nil }
    let (high, low) = halves(of: address)
    return .ipv6(high: high, low: low, scope: scope, port: port)
  }

  static func halves(of address: in6_addr) -> (high: UInt64, low: UInt64) {
    withUnsafeBytes(of: address) { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }
}

extension SocketAddress: CustomStringConvertible {
  /// The form that ``init(parsing:)`` reads.
  package var description: String {
    switch self {
    case .ipv4(let host, let port):
      "\(host >> 24).\(host >> 16 & 255).\(host >> 8 & 255).\(host & 255):\(port)"
    case .ipv6(let high, let low, let scope, let port):
      "[\(Self.text(high, low))\(scope == 0 ? "" : "%\(scope)")]:\(port)"
    case .unix(let path):
      "unix:\(path)"
    }
  }

  private static func text(_ high: UInt64, _ low: UInt64) -> String {
    var bytes = (high.bigEndian, low.bigEndian)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) {
      buffer in
      guard let start = buffer.baseAddress,
        inet_ntop(AF_INET6, &bytes, start, socklen_t(buffer.count)) != nil
      else { return "" }
      return String(cString: start)
    }
  }
}
