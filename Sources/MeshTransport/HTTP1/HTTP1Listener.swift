package import MeshIO

/// Answers `GET` over HTTP/1.1 in the clear, one request to a connection.
///
/// For Prometheus, whose scrapes speak nothing newer without TLS. Everything else is HTTP/2's.
/// Thread: the loop's, after `init`.
package final class HTTP1Listener: @unchecked Sendable {
  /// Answers a path, which has no query.
  package typealias Handler = @Sendable (_ path: String) async -> PlainResponse

  /// What the listener may cost.
  package struct Config: Sendable {
    /// Connections at once; further ones are closed unheard.
    package var connections = 16
    /// The largest head of a request, in bytes.
    package var headLimit = 8 << 10
    /// How long a connection may live.
    package var timeout = Duration.seconds(10)

    /// The defaults.
    package init() {}
  }

  private let config: Config
  private let loop: EventLoop
  private let handler: Handler
  private var listeners: [Listener] = []
  private var exchanges: [ObjectIdentifier: HTTP1Exchange] = [:]

  /// Answers with `handler` on `loop`.
  package init(on loop: EventLoop, config: Config = Config(), handler: @escaping Handler) {
    self.config = config
    self.loop = loop
    self.handler = handler
  }

  /// Starts to listen; the addresses with their real ports.
  ///
  /// - Throws: what bind and listen refuse with; what listens already stays until `close()`.
  package func listen(_ addresses: [SocketAddress]) async throws(IOError) -> [SocketAddress] {
    try await loop.perform { [self] () throws(IOError) in
      for address in addresses {
        listeners.append(
          try Listener(address, on: loop) { [weak self] socket, _ in self?.accept(socket) })
      }
      return listeners.map(\.address)
    }
  }

  /// Stops listening and closes what is open.
  package func close() async {
    await loop.perform { [self] in
      for listener in listeners { listener.close() }
      listeners = []
      for exchange in exchanges.values { exchange.end() }
    }
  }

  private func accept(_ socket: consuming Socket) {
    guard exchanges.count < config.connections else { return }
    let exchange = HTTP1Exchange(socket, config, loop: loop, handler: handler) {
      [weak self] exchange in
      self?.exchanges[ObjectIdentifier(exchange)] = nil
    }
    exchanges[ObjectIdentifier(exchange)] = exchange
    exchange.start()
  }
}
