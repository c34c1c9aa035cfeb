package import MeshHTTP2
package import MeshRPC
package import MeshTLS

/// Where a channel leads, how it spreads its calls, and within which limits.
package struct ChannelConfig: Sendable {
  /// What the channel leads to.
  package var target: Target
  /// What `mesh:` targets are looked up in.
  package var names: NameTable
  /// TLS for TCP addresses; nil speaks in the clear.
  package var tls: TLSContext?
  /// The name that the server's certificate must have, and `:authority`.
  package var serverName: String
  /// The SPIFFE ID that the server's certificate must have instead of the name; nil for none.
  package var serverIdentity: String?
  /// What one connection may cost.
  package var limits = HTTP2Limits.trusted
  /// The largest message that is received, in bytes.
  package var messageLimit = 4 << 20

  /// How the endpoint of a call is chosen.
  package var balancing = Balancer.Policy.leastLoad()
  /// Which endpoints are taken out for a while; nil for none, and of no use to `pickFirst`.
  package var outliers: OutlierDetection.Config? = OutlierDetection.Config()
  /// Calls that may be open at once, on all loops; further ones fail with UNAVAILABLE (gRFC A32).
  package var concurrentCalls = 1024
  /// Addresses that are used; a name may have more.
  package var endpoints = 256

  /// How long an attempt to connect may take, TLS and SETTINGS included.
  package var connectTimeout = Duration.seconds(5)
  /// The pauses after attempts that have failed.
  package var backoff = ConnectionBackoff.Config()
  /// The least time between two look-ups of a name.
  package var resolutionInterval = Duration.seconds(30)
  /// How a silent server is found out to be gone; nil leaves it to TCP (gRFC A8).
  package var keepalive: Keepalive.Config?
  /// How long the channel may have no call before it closes its connections; nil is for ever.
  package var idleTimeout: Duration? = .seconds(30 * 60)
  /// Whether endpoints are asked for their health, and what it means.
  package var health = HealthRule.ignored
  /// How long a peer may leave our output unread.
  package var writeStall = Duration.seconds(30)
  /// Hears what becomes of connections, on their loops; for logs.
  package var report: @Sendable (ChannelEvent) -> Void = { _ in }

  /// Where the channel can be found until it is gone.
  package var registry = ChannelzRegistry()

  /// Leads to `target`.
  package init(
    target: Target, names: NameTable = NameTable(), tls: TLSContext? = nil, serverName: String
  ) {
    self.target = target
    self.names = names
    self.tls = tls
    self.serverName = serverName
  }
}
