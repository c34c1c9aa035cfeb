import MeshAPI
import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// What the monotonic clock's moments are by the wall clock, as of now.
struct ChannelzClock {
  private let wall = Timestamps.now()
  private let monotonic = MonotonicTime.now()

  func timestamp(_ time: MonotonicTime) -> GoogleProtobuf.Timestamp {
    .init(micros: wall - (monotonic.nanoseconds - time.nanoseconds) / 1000)
  }

  func timestamp(_ time: MonotonicTime?) -> GoogleProtobuf.Timestamp? {
    time.map { timestamp($0) }
  }
}

extension GrpcChannelzV1.Server {
  init(_ server: ServerSnapshot, _ clock: ChannelzClock) {
    self.init(
      ref: .init(serverID: server.ref.id, name: server.ref.name),
      data: .init(
        callsStarted: Int64(server.calls.started), callsSucceeded: Int64(server.calls.succeeded),
        callsFailed: Int64(server.calls.failed),
        lastCallStartedTimestamp: clock.timestamp(server.calls.lastStarted)),
      listenSocket: server.listeners.map { .init($0) })
  }
}

extension GrpcChannelzV1.Channel {
  init(_ channel: ChannelSnapshot, _ clock: ChannelzClock) {
    self.init(
      ref: .init(channelID: channel.ref.id, name: channel.ref.name),
      data: .init(channel, clock),
      subchannelRef: channel.subchannels.map { .init(subchannelID: $0.id, name: $0.name) })
  }
}

extension GrpcChannelzV1.Subchannel {
  init(_ subchannel: ChannelSnapshot, _ clock: ChannelzClock) {
    self.init(
      ref: .init(subchannelID: subchannel.ref.id, name: subchannel.ref.name),
      data: .init(subchannel, clock), socketRef: subchannel.sockets.map { .init($0) })
  }
}

extension GrpcChannelzV1.ChannelData {
  init(_ channel: ChannelSnapshot, _ clock: ChannelzClock) {
    self.init(
      state: .init(state: .init(channel.state)), target: channel.target,
      trace: .init(channel.trace, clock), callsStarted: Int64(channel.calls.started),
      callsSucceeded: Int64(channel.calls.succeeded), callsFailed: Int64(channel.calls.failed),
      lastCallStartedTimestamp: clock.timestamp(channel.calls.lastStarted))
  }
}

extension GrpcChannelzV1.ChannelConnectivityState.State {
  init(_ state: ConnectivityState) {
    switch state {
    case .idle: self = .idle
    case .connecting: self = .connecting
    case .ready: self = .ready
    case .transientFailure: self = .transientFailure
    case .shutdown: self = .shutdown
    }
  }
}

extension GrpcChannelzV1.ChannelTrace {
  init(_ trace: ChannelTrace, _ clock: ChannelzClock) {
    self.init(
      numEventsLogged: Int64(trace.logged), creationTimestamp: clock.timestamp(trace.created),
      events: trace.events.map { event in
        .init(
          description: event.text, severity: event.isWarning ? .ctWarning : .ctInfo,
          timestamp: clock.timestamp(event.time))
      })
  }
}

extension GrpcChannelzV1.SocketRef {
  init(_ ref: EntityRef) { self.init(socketID: ref.id, name: ref.name) }
}

extension GrpcChannelzV1.Socket {
  init(_ socket: SocketSnapshot, _ clock: ChannelzClock) {
    self.init(
      ref: .init(socket.ref), data: .init(socket, clock), local: socket.local.map { .init($0) },
      remote: socket.remote.map { .init($0) }, security: socket.security.map { .init($0) },
      remoteName: socket.remoteName)
  }
}

extension GrpcChannelzV1.SocketData {
  init(_ socket: SocketSnapshot, _ clock: ChannelzClock) {
    let counts = socket.counts
    let lastStarted = clock.timestamp(counts.streams.lastStarted)
    self.init(
      streamsStarted: Int64(counts.streams.started),
      streamsSucceeded: Int64(counts.streams.succeeded),
      streamsFailed: Int64(counts.streams.failed), messagesSent: Int64(counts.messagesSent),
      messagesReceived: Int64(counts.messagesReceived),
      keepAlivesSent: Int64(counts.keepalivesSent),
      lastLocalStreamCreatedTimestamp: socket.role == .client ? lastStarted : nil,
      lastRemoteStreamCreatedTimestamp: socket.role == .server ? lastStarted : nil,
      lastMessageSentTimestamp: clock.timestamp(counts.lastMessageSent),
      lastMessageReceivedTimestamp: clock.timestamp(counts.lastMessageReceived),
      localFlowControlWindow: socket.windows.map { .init(value: Int64($0.ours)) },
      remoteFlowControlWindow: socket.windows.map { .init(value: Int64($0.peers)) })
  }
}

extension GrpcChannelzV1.Address {
  init(_ address: SocketAddress) {
    self.init()
    switch address {
    case .ipv4(let host, let port):
      let bytes = withUnsafeBytes(of: host.bigEndian) { Array($0) }
      self.address = .tcpipAddress(.init(ipAddress: bytes, port: Int32(port)))
    case .ipv6(let high, let low, _, let port):
      let bytes = [high, low].flatMap { half in withUnsafeBytes(of: half.bigEndian) { Array($0) } }
      self.address = .tcpipAddress(.init(ipAddress: bytes, port: Int32(port)))
    case .unix(let path): self.address = .udsAddress(.init(filename: path))
    }
  }
}

extension GrpcChannelzV1.Security {
  init(_ details: TLSDetails) {
    var tls = Tls(
      localCertificate: details.localCertificate, remoteCertificate: details.remoteCertificate)
    tls.cipherSuite = .standardName(details.cipherSuite)
    self.init(model: .tls(tls))
  }
}
