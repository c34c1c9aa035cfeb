/// What a channel leads to, as gRPC writes it (gRPC core, `doc/naming.md`), with our own `mesh:`.
package enum Target: Sendable, Hashable {
  /// `dns:host:port`, `dns:///host:port`, or just `host:port`; port 443 unless said otherwise.
  case dns(host: String, port: UInt16)
  /// `ipv4:a:p,b:p`, `ipv6:[a]:p,[b]:p`, `unix:/path`, or a list of addresses without a scheme.
  case addresses([EndpointAddress])
  /// `mesh:name`: whatever the mesh's ``NameTable`` says at the time.
  case mesh(String)

  /// The port of names that come without one.
  private static let standardPort: UInt16 = 443

  /// Reads a target.
  package init(parsing text: String) throws(NamingError) {
    let (scheme, rest) = Self.scheme(text)
    switch scheme {
    case "dns":
      self = try Self.name(rest, of: text)
    case "ipv4", "ipv6":
      let isWanted = scheme == "ipv4" ? EndpointAddress.isIPv4 : EndpointAddress.isIPv6
      self = .addresses(try Self.list(rest, of: text, isWanted))
    case "unix":
      guard let path = EndpointAddress.path(rest) else {
        throw NamingError(text, "unix: needs a path")
      }
      self = .addresses([.unix(path)])
    case "mesh":
      guard NameTable.isName(rest) else {
        throw NamingError(text, "a mesh name has the characters a-z, 0-9, \"-\" and \".\"")
      }
      self = .mesh(String(rest))
    default:
      let pieces = text.split(separator: ",", omittingEmptySubsequences: false)
      let addresses = pieces.compactMap { EndpointAddress(parsing: Self.trimmed($0)) }
      guard addresses.count < pieces.count else {
        self = .addresses(addresses)
        return
      }
      self = try Self.name(text[...], of: text)
    }
  }

  /// The scheme, if it is one of ours and the text is no list, and what follows it.
  private static func scheme(_ text: String) -> (Substring, Substring) {
    guard let colon = text.firstIndex(of: ":") else { return ("", text[...]) }
    let scheme = text[..<colon]
    // Several Unix sockets are a list: "unix:/a,unix:/b".
    if scheme == "unix", text.utf8.contains(UInt8(ascii: ",")) { return ("", text[...]) }
    return (scheme, text[text.index(after: colon)...])
  }

  private static func name(_ rest: Substring, of text: String) throws(NamingError) -> Target {
    var host = rest
    if rest.hasPrefix("//") {
      guard rest.hasPrefix("///") else {
        throw NamingError(text, "another DNS server cannot be named: write dns:///host:port")
      }
      host = rest.dropFirst(3)
    }
    guard let (host, port) = EndpointAddress.split(host), isHost(host) else {
      throw NamingError(
        text, "write host:port, dns:host:port, ipv4:…, ipv6:…, unix:/path or mesh:name")
    }
    return .dns(host: host, port: port ?? standardPort)
  }

  private static func list(
    _ rest: Substring, of text: String, _ isWanted: (Substring) -> Bool
  ) throws(NamingError) -> [EndpointAddress] {
    var addresses: [EndpointAddress] = []
    for piece in rest.split(separator: ",", omittingEmptySubsequences: false) {
      guard let (host, port) = EndpointAddress.split(trimmed(piece)), isWanted(host[...]) else {
        throw NamingError(text, "\"\(piece)\" is not an address of the scheme")
      }
      addresses.append(.ip(host, port: port ?? standardPort))
    }
    return addresses
  }

  private static func isHost(_ host: String) -> Bool {
    host.utf8.count <= 253
      && (EndpointAddress.isIPv6(host[...])
        || host.utf8.allSatisfy { byte in
          switch byte {
          case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
          default: false
          }
        })
  }

  static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension Target: CustomStringConvertible {
  /// The form that `init(parsing:)` reads.
  package var description: String {
    switch self {
    case .dns(let host, let port):
      host.utf8.contains(UInt8(ascii: ":")) ? "dns:[\(host)]:\(port)" : "dns:\(host):\(port)"
    case .addresses(let addresses): addresses.map(\.description).joined(separator: ",")
    case .mesh(let name): "mesh:\(name)"
    }
  }
}

/// Why a target or a table of names cannot be read.
package struct NamingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The text.
  package let text: String
  /// The rule that it breaks.
  package let rule: String

  init(_ text: String, _ rule: String) {
    self.text = text
    self.rule = rule
  }

  /// The text and the rule.
  package var description: String { "\"\(text)\": \(rule)" }
}
