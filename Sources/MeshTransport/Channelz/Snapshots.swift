package import MeshIO
package import MeshRPC
package import MeshTLS

/// A server as it was at one moment.
package struct ServerSnapshot: Sendable {
  /// The server.
  package let ref: EntityRef
  /// Its gRPC calls, on all its loops; one that ends with the status OK ends well.
  package let calls: CallCounts
  /// What it listens on; one for each loop.
  package let listeners: [EntityRef]
}

/// A client's channel, or its way to one address, as it was at one moment.
package struct ChannelSnapshot: Sendable {
  /// The channel or the subchannel.
  package let ref: EntityRef
  /// What it leads to, as it would be written in the settings.
  package let target: String
  /// How it stands.
  package let state: ConnectivityState
  /// The attempts that it was given: a call that is retried counts as often as it was tried.
  package let calls: CallCounts
  /// What has become of it lately.
  package let trace: ChannelTrace
  /// A channel's ways to its addresses, on all its loops.
  package var subchannels: [EntityRef] = []
  /// A subchannel's connection.
  package var sockets: [EntityRef] = []
}

/// A socket as it was at one moment.
package struct SocketSnapshot: Sendable {
  /// Which end of a connection it is, or none.
  package enum Role: Sendable {
    /// Takes connections.
    case listener
    /// One that was made here.
    case client
    /// One that was taken here.
    case server
  }

  /// The socket.
  package let ref: EntityRef
  /// Which end it is.
  package let role: Role
  /// What it has carried.
  package var counts = SocketCounts()
  /// This end's address; nil when the kernel does not tell.
  package var local: SocketAddress?
  /// The other end's; nil for a listener.
  package var remote: SocketAddress?
  /// The name that the other end's certificate had to have; empty for none.
  package var remoteName = ""
  /// What protects it; nil in the clear.
  package var security: TLSDetails?
  /// Bytes that we may still send on the whole connection, and that the peer may; nil for a
  /// listener.
  package var windows: (ours: Int, peers: Int)?
}
