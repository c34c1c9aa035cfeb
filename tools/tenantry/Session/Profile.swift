/// What is remembered between runs: where the mesh is, and who is signed in to it.
struct Profile: Sendable, Equatable {
  /// The server that was signed in to, as `https://host:port`.
  var server: String?
  /// The path of the authority's certificate that vouched for it.
  var authority: String?
  /// The session's token, good for `server` alone.
  var token: String?
  /// Whose session it is, for people.
  var account: String?

  init() {}

  /// Reads lines of `name = value`; names that it does not know are left out.
  init(parsing text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      let name = line[..<equals].filter { $0 != " " }
      let value = String(line[line.index(after: equals)...].drop { $0 == " " })
      switch name {
      case "server": server = value
      case "ca": authority = value
      case "token": token = value
      case "account": account = value
      default: break
      }
    }
  }

  /// The form that is read back.
  var text: String {
    let lines = [("server", server), ("ca", authority), ("account", account), ("token", token)]
    return "# Written by tenantry. The token is as good as a password.\n"
      + lines.compactMap { name, value in value.map { "\(name) = \($0)\n" } }.joined()
  }
}
