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
  /// Connections per loop; further ones are closed at once.
  package var connections = 10_000
  /// Connections per loop that have not greeted yet, by TLS and HTTP/2; further ones are closed.
  ///
  /// A handshake costs a signature, so this bounds what strangers can make us compute.
  package var handshakes = 512
  /// How long TLS and HTTP/2 may take to greet.
  package var handshakeTimeout = Duration.seconds(10)
  /// How long a peer may leave our output unread.
  package var writeStall = Duration.seconds(30)

  /// Serves on `endpoints` with the usual limits.
  package init(endpoints: [Endpoint], limits: HTTP2Limits = HTTP2Limits()) {
    self.endpoints = endpoints
    self.limits = limits
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
