/// Where a mesh is: a host and a port that speak TLS.
struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// A name or an address, without brackets.
  let host: String
  let port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `https://host:port`; the scheme may be left out, and the port where it is 443.
  ///
  /// Throws a failure of usage that says what is wrong.
  init(parsing text: String) throws(Failure) {
    let scheme = text.firstRange(of: "://").map { String(text[..<$0.lowerBound]) }
    guard scheme == nil || scheme == "https" else {
      throw .usage("the server is \(text); a mesh is reached by https:// alone")
    }
    var rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
    if rest.hasSuffix("/") { rest.removeLast() }
    let (host, port) = Self.split(rest)
    guard !host.isEmpty, !host.contains(where: { "/?#@[] ".contains($0) }),
      let number = port.isEmpty ? 443 : UInt16(port), number > 0
    else { throw .usage("the server is \"\(text)\"; it must look like https://localhost:3001") }
    self.init(host: host, port: number)
  }

  /// The form that is read back, port always included.
  var description: String { "https://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  private static func split(_ text: Substring) -> (host: String, port: String) {
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      let behind = text[text.index(after: end)...]
      let host = String(text[text.index(after: text.startIndex)..<end])
      if behind.isEmpty { return (host, "") }
      return behind.hasPrefix(":") ? (host, String(behind.dropFirst())) : ("", "")
    }
    guard let colon = text.lastIndex(of: ":") else { return (String(text), "") }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }
}
