package import MeshHTTP2
package import MeshIO
package import MeshTLS

/// Where a channel leads and within which limits.
package struct ChannelConfig: Sendable {
  /// The service's addresses, tried in turn; at least one.
  package var addresses: [SocketAddress]
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
  /// How long an address may take to connect, TLS and SETTINGS included.
  package var connectTimeout = Duration.seconds(5)
  /// The first pause after every address has failed; it grows by 1.6 with 20 % jitter (gRPC core,
  /// `doc/connection-backoff.md`; its 1 s suits the internet, not a mesh).
  package var firstBackoff = Duration.milliseconds(50)
  /// The longest pause.
  package var longestBackoff = Duration.seconds(1)
  /// How long a peer may leave our output unread.
  package var writeStall = Duration.seconds(30)

  /// Leads to `addresses`.
  package init(addresses: [SocketAddress], tls: TLSContext? = nil, serverName: String) {
    precondition(!addresses.isEmpty, "a channel leads somewhere")
    self.addresses = addresses
    self.tls = tls
    self.serverName = serverName
  }
}
