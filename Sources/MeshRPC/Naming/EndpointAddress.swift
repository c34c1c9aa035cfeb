/// An address that needs no look-up, in text form.
package enum EndpointAddress: Sendable, Hashable {
  /// An IPv4 or IPv6 address without brackets, the latter with its zone if it has one, and a port.
  case ip(String, port: UInt16)
  /// The path of a Unix socket.
  case unix(String)

  /// Reads `127.0.0.1:80`, `[::1]:80` or `unix:/path`; nil when the text is none of them.
  package init?(parsing text: Substring) {
    if text.hasPrefix("unix:") {
      guard let path = Self.path(text.dropFirst("unix:".count)) else { return nil }
      self = .unix(path)
    } else {
      guard let (host, port) = Self.split(text), let port, Self.isAddress(host) else { return nil }
      self = .ip(host, port: port)
    }
  }

  /// The path of `path`, `/path` or `///path`.
  static func path(_ text: Substring) -> String? {
    let path = text.hasPrefix("//") ? text.dropFirst(2) : text
    guard !path.isEmpty, !text.hasPrefix("//") || path.hasPrefix("/"), !path.utf8.contains(0) else {
      return nil
    }
    return String(path)
  }

  /// Cuts `host:port`, `[v6]:port` or a bare host into its parts, without brackets.
  ///
  /// Nil when the parts cannot be told apart.
  static func split(_ text: Substring) -> (host: String, port: UInt16?)? {
    var host = text
    var port: UInt16?
    if text.hasPrefix("[") {
      guard let close = text.lastIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<close]
      let rest = text[text.index(after: close)...]
      guard isIPv6(host) else { return nil }
      guard !rest.isEmpty else { return (String(host), nil) }
      guard rest.hasPrefix(":"), let number = number(rest.dropFirst()) else { return nil }
      port = number
    } else if let colon = text.lastIndex(of: ":") {
      guard let number = number(text[text.index(after: colon)...]) else { return nil }
      host = text[..<colon]
      guard !host.utf8.contains(UInt8(ascii: ":")) else { return nil }
      port = number
    }
    return host.isEmpty ? nil : (String(host), port)
  }

  private static func number(_ digits: Substring) -> UInt16? {
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    return UInt16(digits)
  }

  /// Whether the host is an IP address and not a name.
  static func isAddress(_ host: String) -> Bool { isIPv4(host[...]) || isIPv6(host[...]) }

  static func isIPv4(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
          && UInt8(part) != nil
      }
  }

  static func isIPv6(_ text: Substring) -> Bool {
    let pieces = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = pieces.first, pieces.count == 1 || !pieces[1].isEmpty else { return false }
    // The two sides of the gap that "::" stands for.
    let bytes = Array(address.utf8)
    guard
      let gap = bytes.indices.dropLast().first(where: { bytes[$0] == 58 && bytes[$0 + 1] == 58 })
    else { return groups(bytes[...], endsWithIPv4: true) == 8 }
    let left = groups(bytes[..<gap], endsWithIPv4: false)
    let right = groups(bytes[(gap + 2)...], endsWithIPv4: true)
    guard let left, let right else { return false }
    return left + right < 8
  }

  /// How many 16-bit groups the text has; nil when one of them is none.
  private static func groups(_ bytes: ArraySlice<UInt8>, endsWithIPv4: Bool) -> Int? {
    guard !bytes.isEmpty else { return 0 }
    let parts = bytes.split(separator: 58, omittingEmptySubsequences: false)
    var count = 0
    for (index, part) in parts.enumerated() {
      if part.contains(46) {
        guard endsWithIPv4, index == parts.count - 1,
          isIPv4(Substring(String(decoding: part, as: UTF8.self)))
        else { return nil }
        count += 2
      } else {
        guard (1...4).contains(part.count), part.allSatisfy(isHex) else { return nil }
        count += 1
      }
    }
    return count
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...70, 97...102: true
    default: false
    }
  }
}

extension EndpointAddress: CustomStringConvertible {
  /// The form that `init(parsing:)` reads.
  package var description: String {
    switch self {
    case .ip(let host, let port):
      host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
