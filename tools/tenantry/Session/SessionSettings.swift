import Glibc

/// Everything that flags, environment, profile and mesh say about the session, in that order.
struct SessionSettings: Sendable {
  let store: ProfileStore
  let profileName: String
  let profile: Profile
  let endpoint: Endpoint
  /// The server is what the mesh in TENANTRY_HOME says, so a profile need not remember it.
  let isHomeServer: Bool

  /// Puts the settings of a line together.
  ///
  /// Throws a failure of usage where no server is named, or where what is named is not valid.
  init(_ line: Line, _ world: World) throws(Failure) {
    store = ProfileStore(environment: world.environment)
    profileName = line.text("profile") ?? world.variable("TENANTRY_PROFILE") ?? "default"
    profile = try store.load(profileName)
    let home = world.variable("TENANTRY_HOME")
    let homeServers = try Self.homeServers(home)
    let homeServer = homeServers.first
    let named = line.text("server") ?? world.variable("TENANTRY_SERVER")
    let remembered = profile.server
    let server: ServerAddress
    if let text = named ?? remembered {
      server = try ServerAddress(parsing: text)
    } else if let homeServer {
      server = homeServer
    } else {
      let advice = "name it: --server https://host:port, or TENANTRY_SERVER"
      let isDown = home.map { ["the mesh in \($0) was never up: tools/up"] } ?? []
      throw .usage("no server is named", notes: isDown + [advice])
    }
    isHomeServer = named == nil && remembered == nil
    // A token goes to the server that gave it and to no other.
    let own = try remembered.map { text throws(Failure) in try ServerAddress(parsing: text) }
    let isOwn = server == own ?? homeServer
    let authority =
      line.text("ca") ?? world.variable("TENANTRY_CA")
      ?? (isOwn ? profile.authority : nil)
      ?? (homeServers.contains(server) ? home.map { $0 + "/tls/ca.pem" } : nil)
    endpoint = Endpoint(
      server: server, authority: authority,
      token: world.variable("TENANTRY_TOKEN") ?? (isOwn ? profile.token : nil))
  }

  /// The ports of the mesh in TENANTRY_HOME, as `tools/up` has written them.
  ///
  /// The operators' first, then the tenants'; empty where there is no mesh.
  private static func homeServers(_ home: String?) throws(Failure) -> [ServerAddress] {
    guard let home else { return [] }
    let text: String
    do {
      text = String(decoding: try LocalFile.read(home + "/ports", limit: 1024), as: UTF8.self)
    } catch {
      return []
    }
    let ports = text.split(whereSeparator: \.isWhitespace).map { UInt16($0) ?? 0 }
    guard !ports.isEmpty, !ports.contains(0) else {
      throw Failure(.failure, "\(home)/ports names no port")
    }
    return ports.map { ServerAddress(host: "localhost", port: $0) }
  }

  /// Remembers a session that has begun.
  func remember(token: String, account: String) throws(Failure) {
    var next = profile
    if !isHomeServer {
      next.server = endpoint.server.description
      next.authority = endpoint.authority.map(Self.absolute)
    }
    next.token = token
    next.account = account
    try store.save(next, as: profileName)
  }

  /// Forgets the session, but not where the mesh is.
  func forget() throws(Failure) {
    guard profile.token != nil else { return }
    var next = profile
    next.token = nil
    next.account = nil
    try store.save(next, as: profileName)
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }
}
