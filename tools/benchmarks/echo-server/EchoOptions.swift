import MeshIO
import MeshTransport

/// What the echo server was asked for on its command line.
struct EchoOptions {
  static let usage = """
    usage: bench-echo <address> [--time-limit SECONDS] [--connections-per-address COUNT]

      <address>                  for example 127.0.0.1:50051
      --time-limit               every time limit of a connection, for those who test them
      --connections-per-address  connections from one address, as many as in all by default

    """

  let address: SocketAddress
  private(set) var timeLimit: Duration?
  private(set) var connectionsPerAddress: Int?

  /// Reads the arguments behind the program's name; nil when they make no sense.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    // Why an address is none does not matter here: the usage says what it looks like.
    guard let text = rest.popFirst(), let address = try? SocketAddress(parsing: text) else {
      return nil
    }
    self.address = address
    while let name = rest.popFirst() {
      guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else { return nil }
      switch name {
      case "--time-limit": timeLimit = .seconds(value)
      case "--connections-per-address": connectionsPerAddress = value
      default: return nil
      }
    }
  }

  /// The limits that strangers meet, but for what was asked.
  var config: ServerConfig {
    var config = ServerConfig(endpoints: [.init(address)])
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
