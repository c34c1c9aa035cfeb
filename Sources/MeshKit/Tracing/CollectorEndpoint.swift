import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// Where spans go: `http://host:port` in the clear, `https://host:port` by TLS with the machine's
/// authorities, or addresses such as `unix:/path` or `127.0.0.1:4317`.
struct CollectorEndpoint: Sendable, Equatable {
  /// OTLP's port for gRPC.
  static let usualPort = 4317

  /// What the channel leads to.
  let target: Target
  /// The name that the certificate must have.
  let host: String
  /// Whether TLS is spoken.
  let isSecure: Bool

  /// Reads a setting; nil when it is none of these forms.
  init?(_ text: String) {
    let schemes = [("https://", true), ("http://", false)]
    guard let (scheme, isSecure) = schemes.first(where: { text.hasPrefix($0.0) }) else {
      // What is no address is answered by the setting's rule.
      guard let target = try? Target(parsing: text), case .addresses = target else { return nil }
      self.target = target
      (host, self.isSecure) = ("collector", false)
      return
    }
    let rest = text.dropFirst(scheme.count)
    // The colons inside brackets are an IPv6 address's.
    let colon = rest[(rest.lastIndex(of: "]") ?? rest.startIndex)...].lastIndex(of: ":")
    host = String(rest[..<(colon ?? rest.endIndex)])
    let full = colon == nil ? "\(rest):\(Self.usualPort)" : String(rest)
    // Likewise: a name that is none breaks the setting's rule.
    guard !host.isEmpty, let target = try? Target(parsing: "dns:\(full)") else { return nil }
    self.target = target
    self.isSecure = isSecure
  }

  /// The way there; it connects when it is first used.
  func channel(loops: [EventLoop], registry: ChannelzRegistry) throws -> TransportChannel {
    let tls =
      isSecure
      ? try TLSContext(TLSConfiguration(role: .client(trust: .system, identity: nil))) : nil
    var config = ChannelConfig(target: target, tls: tls, serverName: host)
    config.registry = registry
    return TransportChannel(config, loops: loops)
  }
}
