import MeshIO
import MeshTLS
import MeshTransport

/// What the echo server was asked for on its command line.
struct EchoOptions {
  static let usage = """
    usage: bench-echo <address> [option…]

      <address>                        for example 127.0.0.1:50051
      --certificate FILE --key FILE    speak TLS, not in the clear
      --time-limit SECONDS             every time limit of a connection, for those who test them
      --connections-per-address COUNT  connections from one address, as many as in all by default
      --fails                          answer every call with UNAVAILABLE

    """

  let address: SocketAddress
  private(set) var timeLimit: Duration?
  private(set) var connectionsPerAddress: Int?
  private(set) var fails = false
  private var certificate: String?
  private var key: String?

  /// Reads the arguments behind the program's name; nil when they make no sense.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    // Why an address is none does not matter here: the usage says what it looks like.
    guard let text = rest.popFirst(), let address = try? SocketAddress(parsing: text) else {
      return nil
    }
    self.address = address
    while let name = rest.popFirst() {
      if name == "--fails" {
        fails = true
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      switch (name, Int(value)) {
      case ("--certificate", _): certificate = value
      case ("--key", _): key = value
      case ("--time-limit", let seconds?) where seconds > 0: timeLimit = .seconds(seconds)
      case ("--connections-per-address", let count?) where count > 0: connectionsPerAddress = count
      default: return nil
      }
    }
    guard (certificate == nil) == (key == nil) else { return nil }
  }

  /// The limits that strangers meet, but for what was asked; throws when a file cannot be used.
  func config() throws(TLSError) -> ServerConfig {
    var tls: TLSContext?
    if let certificate, let key {
      let identity = TLSIdentity(chain: .file(certificate), privateKey: .file(key))
      tls = try TLSContext(TLSConfiguration(role: .server(identity: identity, clients: .none)))
    }
    var config = ServerConfig(endpoints: [.init(address, tls: tls)])
    // Load generators open all their connections from one address.
    config.caps.connectionsPerAddress = connectionsPerAddress ?? config.caps.connections
    config.caps.handshakesPerAddress =
      connectionsPerAddress == nil ? config.caps.handshakes : config.caps.handshakesPerAddress
    guard let timeLimit else { return config }
    config.handshakeTimeout = timeLimit
    config.prefaceTimeout = timeLimit
    config.headerTimeout = timeLimit
    config.requestStall = timeLimit
    config.writeStall = timeLimit
    config.windowStall = timeLimit
    // Later than the others, which would otherwise not be seen on a connection without calls.
    config.lifetime.maxIdle = timeLimit * 2
    return config
  }
}
