import CPQ
import MeshIO

/// A parsed connection string: what libpq is told, with host names apart because they must be
/// resolved before libpq, which would block, sees them.
struct ConnectionTarget: Sendable {
  struct Host: Sendable, Equatable {
    var name = ""
    /// The IP address, when one is known.
    var address = ""
    var port = ""

    /// A path, nothing, or an address: libpq asks no resolver.
    var isResolved: Bool {
      !address.isEmpty || name.isEmpty || name.hasPrefix("/") || name.hasPrefix("@")
        || SocketAddress(literal: name, port: 0) != nil
    }
  }

  /// Everything but hosts and ports.
  private(set) var parameters: [String: String] = [:]
  private(set) var hosts: [Host] = []

  /// Parses the configuration's connection string as libpq does (manual, §34.1.1).
  init(_ config: DatabaseConfig) throws(SQLError) {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(config.connection, &message) else {
      let text = message.map { String(cString: $0) } ?? "out of memory"
      PQfreemem(message)
      throw .invalid("connection string: \(text.trimmedLine)")
    }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val {
        parameters[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    hosts = try Self.hosts(from: &parameters)
    parameters["client_encoding"] = "UTF8"
    parameters["fallback_application_name"] = config.applicationName
    // A peer that vanished without a word is noticed within a minute, not in two hours.
    let liveness = ["keepalives_idle": "20", "keepalives_interval": "10", "keepalives_count": "3"]
    parameters.merge(liveness) { given, _ in given }
    parameters.merge(["tcp_user_timeout": "30000"]) { given, _ in given }
  }

  private static func hosts(from parameters: inout [String: String]) throws(SQLError) -> [Host] {
    func list(_ key: String) -> [String] {
      let value = parameters.removeValue(forKey: key) ?? ""
      return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
    let count = max(names.count, addresses.count)
    let counts = [(names.count, "host"), (addresses.count, "hostaddr"), (ports.count, "port")]
    for (number, key) in counts where number != count && number > 1 {
      throw .invalid("connection string: \(number) values of \(key) for \(count) hosts")
    }
    func pick(_ values: [String], _ index: Int) -> String {
      values.isEmpty ? "" : values[min(index, values.count - 1)]
    }
    return (0..<max(1, count)).map { index in
      Host(
        name: index < names.count ? names[index] : "",
        address: index < addresses.count ? addresses[index] : "", port: pick(ports, index))
    }
  }

  var isResolved: Bool { hosts.allSatisfy(\.isResolved) }

  /// The target with an address for every host name; a name with several becomes several hosts.
  func resolved() async throws -> ConnectionTarget {
    var target = self
    target.hosts = []
    for host in hosts {
      guard !host.isResolved else {
        target.hosts.append(host)
        continue
      }
      for address in try await Resolver.resolve(host: host.name, port: 0) {
        target.hosts.append(Host(name: host.name, address: address.hostText, port: host.port))
      }
    }
    return target
  }

  /// Keywords and values for `PQconnectStartParams`, with the session's options.
  func keywords(
    for role: DatabaseConfig.Role, of config: DatabaseConfig
  ) -> [(String, String)] {
    var parameters = parameters
    // What the connection string says comes last and wins.
    let options = [config.sessionOptions(for: role), parameters["options"]].compactMap(\.self)
    parameters["options"] = options.joined(separator: " ")
    // Sessions for reads are read-only by our own options, which libpq would take for a standby.
    if role == .reading, parameters["target_session_attrs"] == "read-write" {
      parameters["target_session_attrs"] = "primary"
    }
    var pairs = parameters.map { ($0.key, $0.value) }
    func join(_ values: [String]) -> String? {
      values.allSatisfy(\.isEmpty) ? nil : values.joined(separator: ",")
    }
    if let names = join(hosts.map(\.name)) { pairs.append(("host", names)) }
    if let addresses = join(hosts.map(\.address)) { pairs.append(("hostaddr", addresses)) }
    if let ports = join(hosts.map(\.port)) { pairs.append(("port", ports)) }
    return pairs
  }
}

extension SocketAddress {
  /// The address without port and brackets.
  fileprivate var hostText: String {
    var text = withPort(0).description
    text.removeLast(2)
    if text.hasPrefix("[") { text = String(text.dropFirst().dropLast()) }
    return text
  }
}

extension String {
  /// The text on one line, without the line feed that libpq's messages end with.
  var trimmedLine: String {
    split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
      .joined(separator: " ")
  }
}
