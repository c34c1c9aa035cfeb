package import MeshHTTP2
package import MeshIO
package import MeshRPC
package import MeshTLS

/// Where and within which limits a server serves.
package struct ServerConfig: Sendable {
  /// One address with its TLS.
  package struct Endpoint: Sendable {
    /// Where to listen; port 0 lets the kernel choose.
    package var address: SocketAddress
    /// TLS of this endpoint; nil speaks HTTP/2 in the clear.
    package var tls: TLSContext?

    /// Describes an endpoint.
    package init(_ address: SocketAddress, tls: TLSContext? = nil) {
      self.address = address
      self.tls = tls
    }
  }

  /// Where to listen.
  package var endpoints: [Endpoint]
  /// What one connection may cost.
  package var limits: HTTP2Limits
  /// The largest message that is received, in bytes; gRPC's usual 4 MiB.
  package var messageLimit = 4 << 20
  /// The largest body of a plain HTTP request, in bytes.
  package var bodyLimit = 4 << 20
  /// Bytes of messages and bodies on one connection that have begun and are not complete; the
  /// request that passes it is refused.
  ///
  /// Windows do not bound them: a message that is larger than its window must be let through. Two
  /// of the largest messages.
  package var unfinishedBytes = 8 << 20
  /// How many connections are taken; further ones are closed at once.
  package var caps = ConnectionCaps()
  /// Handlers that run for one connection at the same time; further calls are refused.
  ///
  /// A call that its client resets makes room for another stream at once, but its handler counts
  /// until it has ended: otherwise resets would buy work without end (CVE-2023-44487). Twice the
  /// concurrent streams, so that honest clients which cancel do not meet it.
  package var handlers = 500
  /// How long TLS may take to agree; honest peers need some round trips.
  package var handshakeTimeout = Duration.seconds(10)
  /// How long the HTTP/2 preface and SETTINGS may take after that.
  package var prefaceTimeout = Duration.seconds(10)
  /// How long a header block may take from its first byte to its last: it stops everything else.
  package var headerTimeout = Duration.seconds(10)
  /// How long a message that has begun may stand still, and how long the body of a plain request
  /// may take.
  ///
  /// A look is taken as often: up to twice as long in the end.
  package var requestStall = Duration.seconds(30)
  /// How long a peer may leave what the kernel has taken from us unread.
  package var writeStall = Duration.seconds(30)
  /// How long a peer may keep all its windows shut while there is something to send.
  ///
  /// Up to twice as long in the end. Longer than `writeStall`: slow consumers are honest more often
  /// than slow networks.
  package var windowStall = Duration.seconds(60)
  /// Keepalive, idle time, age.
  package var lifetime = LifetimePolicy()
  /// Where the server can be found while it runs.
  package var registry = ChannelzRegistry()

  /// Serves on `endpoints` with the usual limits.
  package init(endpoints: [Endpoint], limits: HTTP2Limits = HTTP2Limits()) {
    self.endpoints = endpoints
    self.limits = limits
  }

  /// Serves peers of the mesh, which are many calls on few connections.
  package static func trusted(endpoints: [Endpoint]) -> ServerConfig {
    var config = ServerConfig(endpoints: endpoints, limits: .trusted)
    config.handlers = 2 * config.limits.concurrentStreams
    config.unfinishedBytes = 64 << 20
    config.lifetime = .trusted
    // Someone's slow consumer must not end its neighbours' calls.
    config.windowStall = .seconds(300)
    return config
  }
}

/// An HTTP request that is no gRPC call.
package struct PlainRequest: Sendable {
  /// For example `POST`.
  package let method: String
  /// `:path` with its query.
  package let path: String
  /// The other headers.
  package let headers: Metadata
  /// The whole body.
  package let body: [UInt8]
  /// Who is at the other end.
  package let peer: Peer

  /// Describes a request.
  package init(method: String, path: String, headers: Metadata, body: [UInt8], peer: Peer) {
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
    self.peer = peer
  }
}

/// The answer to a plain HTTP request.
package struct PlainResponse: Sendable {
  /// For example 200.
  package let status: Int
  /// Headers, `content-type` among them.
  package let headers: [(name: String, value: String)]
  /// The whole body.
  package let body: [UInt8]

  /// Describes an answer.
  package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Answers HTTP requests that are no gRPC calls.
package typealias PlainHandler = @Sendable (PlainRequest) async -> PlainResponse
