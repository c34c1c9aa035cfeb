import Glibc
import Testing

@testable import TenantryCLI

@Suite("What is remembered between runs")
struct SessionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func settings(
    _ typed: [String] = [], _ environment: [String: String] = [:]
  ) throws -> SessionSettings {
    var variables = ["TENANTRY_CONFIG_DIR": folder.path + "/settings"]
    variables.merge(environment) { $1 }
    let world = World(
      environment: variables, terminal: FakeTerminal(),
      connect: { _, _ in NoChannel() }, pause: { _ in }, milliseconds: { 0 })
    guard case .run(let line) = try LineParser.parse(["whoami"] + typed, CommandTable()) else {
      throw Failure(.failure, "not a command")
    }
    return try SessionSettings(line, world)
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test("a profile is written for its owner alone, and read back")
  func roundTrip() throws {
    try settings(["--server", "https://a:1", "--ca", "/ca.pem"])
      .remember(token: "secret", account: "ada@example.com")
    #expect(mode(folder.path + "/settings") == 0o700)
    #expect(mode(folder.path + "/settings/default.profile") == 0o600)
    let later = try settings()
    #expect(later.endpoint.server.description == "https://a:1")
    #expect(later.endpoint.authority == "/ca.pem")
    #expect(later.endpoint.token == "secret")
    #expect(later.profile.account == "ada@example.com")
  }

  @Test("nothing but the profile is left in its folder")
  func noLeftovers() throws {
    let settings = try settings(["--server", "https://a:1"])
    try settings.remember(token: "one", account: "a")
    try settings.remember(token: "two", account: "a")
    let store = ProfileStore(environment: ["TENANTRY_CONFIG_DIR": folder.path + "/settings"])
    #expect(store.names == ["default"])
    #expect(try store.load("default").token == "two")
  }

  @Test("signing out forgets the token, not the mesh")
  func forget() throws {
    try settings(["--server", "https://a:1"]).remember(token: "secret", account: "ada")
    try settings().forget()
    #expect(
      try settings().endpoint
        == Endpoint(
          server: ServerAddress(host: "a", port: 1), authority: nil, token: nil))
  }

  @Test("profiles are apart from each other")
  func names() throws {
    try settings(["--server", "https://a:1", "--profile", "one"]).remember(token: "1", account: "")
    try settings(["--server", "https://b:2"], ["TENANTRY_PROFILE": "two"])
      .remember(token: "2", account: "")
    #expect(try settings(["--profile", "one"]).endpoint.token == "1")
    #expect(try settings(["--profile", "two"]).endpoint.server.host == "b")
    #expect(try settings(["--profile", "one"]).store.names == ["one", "two"])
  }

  @Test("a profile's name cannot leave the folder", arguments: ["../x", "", ".x", "a/b", "a b"])
  func badNames(_ name: String) {
    #expect(throws: Failure.self) { try settings(["--profile=\(name)", "--server=https://a:1"]) }
  }

  @Test("flags win over the environment, and that over the profile")
  func precedence() throws {
    try settings(["--server", "https://profile:1"]).remember(token: "t", account: "")
    let environment = ["TENANTRY_SERVER": "https://environment:2"]
    #expect(try settings().endpoint.server.host == "profile")
    #expect(try settings([], environment).endpoint.server.host == "environment")
    #expect(try settings(["--server=https://flag:3"], environment).endpoint.server.host == "flag")
  }

  @Test("a token goes to the server that gave it and to no other")
  func tokenStays() throws {
    try settings(["--server", "https://a:1", "--ca", "/ca.pem"]).remember(token: "t", account: "")
    #expect(try settings(["--server", "https://a:1"]).endpoint.token == "t")
    let other = try settings(["--server", "https://evil:1"]).endpoint
    #expect(other.token == nil)
    #expect(other.authority == nil)
    #expect(try settings(["--server=https://b:1"], ["TENANTRY_TOKEN": "e"]).endpoint.token == "e")
  }

  @Test("in a mesh's home, the mesh is the server and the profile lies there")
  func home() throws {
    let home = folder.path + "/home"
    try LocalFile.makeFolder(home)
    try LocalFile.replace(home + "/ports", with: Array("4001 4200\n".utf8))
    let environment = ["TENANTRY_HOME": home]
    let settings = try settings([], environment)
    #expect(settings.endpoint.server.description == "https://localhost:4001")
    #expect(settings.endpoint.authority == home + "/tls/ca.pem")
    try settings.remember(token: "t", account: "ada")
    #expect(mode(home + "/profiles/default.profile") == 0o600)
    // The mesh may come up on another port: the profile goes with it.
    try LocalFile.replace(home + "/ports", with: Array("5001 5200\n".utf8))
    let later = try self.settings([], environment)
    #expect(later.endpoint.server.port == 5001)
    #expect(later.endpoint.token == "t")
    #expect(try self.settings(["--server=https://evil:1"], environment).endpoint.token == nil)
  }

  @Test("in a mesh's home, its authority vouches for both of its ports and for no other server")
  func homeAuthority() throws {
    let home = folder.path + "/home"
    try LocalFile.makeFolder(home)
    try LocalFile.replace(home + "/ports", with: Array("4001 4200\n".utf8))
    let environment = ["TENANTRY_HOME": home]
    let tenants = try settings(["--server=https://localhost:4200"], environment).endpoint
    #expect(tenants.authority == home + "/tls/ca.pem")
    let other = try settings(["--server=https://localhost:4300"], environment).endpoint
    #expect(other.authority == nil)
  }

  @Test("without any server the person is told how to name one")
  func noServer() {
    #expect(
      throws: Failure.usage(
        "no server is named",
        notes: ["name it: --server https://host:port, or TENANTRY_SERVER"])
    ) { try settings() }
  }

  @Test(
    "folders of settings follow the custom",
    arguments: [
      (["TENANTRY_HOME": "/m", "HOME": "/h"], "/m/profiles"),
      (["TENANTRY_CONFIG_DIR": "/c", "XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/c"),
      (["XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/x/tenantry"),
      (["HOME": "/h"], "/h/.config/tenantry"),
    ])
  func folders(_ environment: [String: String], _ expected: String) {
    #expect(ProfileStore(environment: environment).folder == expected)
  }

  @Test(
    "servers are written as URLs",
    arguments: [
      ("https://localhost:3001", "https://localhost:3001"),
      ("localhost:3001", "https://localhost:3001"),
      ("https://mesh.example.com", "https://mesh.example.com:443"),
      ("https://mesh.example.com/", "https://mesh.example.com:443"),
      ("https://[::1]:3001", "https://[::1]:3001"), ("127.0.0.1:1", "https://127.0.0.1:1"),
    ])
  func servers(_ text: String, _ expected: String) throws {
    #expect(try ServerAddress(parsing: text).description == expected)
  }

  @Test(
    "other texts are no servers",
    arguments: ["", "http://a:1", "https://", "a:0", "a:99999", "a:b", "https://a/b", "[::1"])
  func badServers(_ text: String) {
    #expect(throws: Failure.self) { try ServerAddress(parsing: text) }
  }
}
