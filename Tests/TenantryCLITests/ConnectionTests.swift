import Glibc
import MeshAPI
import MeshCrypto
import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport
import Testing

@testable import TenantryCLI

@Suite("The way to a server is TLS")
struct ConnectionTests {
  /// A server that says who its caller is, with a certificate for `localhost`.
  private static func withServer(
    _ body: (_ port: UInt16, _ folder: String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let validity = CertificateValidity.days(1, from: Int64(time(nil)))
    let authority = try CertificateAuthority(commonName: "test", validity: validity)
    let stranger = try CertificateAuthority(commonName: "stranger", validity: validity)
    let identity = try authority.issue(
      CertificateRequest(commonName: "edge", dnsNames: ["localhost"], validity: validity))
    try LocalFile.replace(
      folder.path + "/stranger.pem", with: Array(stranger.certificatePEM.utf8))
    try LocalFile.replace(folder.path + "/ca.pem", with: Array(authority.certificatePEM.utf8))
    var router = Router()
    router.unary(IdentityV1.IdentityServiceMethods.whoAmI) {
      (_: IdentityV1.WhoAmIRequest, call) in
      IdentityV1.WhoAmIResponse(email: call.metadata.first("authorization") ?? "")
    }
    let loops = try EventLoopGroup(count: 1, name: "server")
    try loops.start()
    let tls = try TLSContext(
      TLSConfiguration(
        role: .server(
          identity: TLSIdentity(
            chain: .text(identity.chainPEM), privateKey: .text(identity.privateKeyPEM)),
          clients: .none)))
    let server = Server(
      ServerConfig(endpoints: [.init(.loopback(port: 0), tls: tls)]), loops: loops.loops,
      router: router)
    let port = try #require(await server.start().first?.port)
    try await body(port, folder.path)
    await server.stop()
    await loops.stop()
  }

  private func run(
    _ line: String, _ port: UInt16
  ) async -> (code: ExitCode, terminal: FakeTerminal) {
    let terminal = FakeTerminal()
    let world = World(
      environment: [
        "TENANTRY_SERVER": "https://localhost:\(port)", "TENANTRY_TOKEN": "t",
        "TENANTRY_CONFIG_DIR": "/nowhere",
      ], terminal: terminal,
      connect: { endpoint, timeout throws(Failure) in
        try await MeshConnection.open(endpoint, timeout: timeout)
      },
      pause: { _ in }, milliseconds: { 0 })
    let code = await Program(world: world).run(line.split(separator: " ").map(String.init))
    return (code, terminal)
  }

  @Test("a server that the authority vouches for is called")
  func trusted() async throws {
    try await Self.withServer { port, folder in
      let (code, terminal) = await run("whoami --ca \(folder)/ca.pem", port)
      #expect(code == .ok, "\(terminal.messages)")
      #expect(terminal.output == "email  Bearer t\n")
    }
  }

  @Test("a server that it does not vouch for gets no token")
  func untrusted() async throws {
    try await Self.withServer { port, folder in
      let (code, terminal) = await run("whoami --ca \(folder)/stranger.pem", port)
      #expect(code == .unavailable)
      #expect(terminal.messages.contains("certificate"), "\(terminal.messages)")
    }
  }

  @Test("an authority's file that is missing is named")
  func noAuthority() async {
    let (code, terminal) = await run("whoami --ca /nowhere/ca.pem", 1)
    #expect(code == .failure)
    #expect(
      terminal.messages.hasPrefix(
        "error: the authority's certificate cannot be used: /nowhere/ca.pem"))
  }

  @Test("a port where nobody listens is reported as such")
  func nobody() async throws {
    try await Self.withServer { port, folder in
      // Port 1 belongs to a service that no machine runs any more.
      let (code, terminal) = await run("whoami --ca \(folder)/ca.pem", 1)
      #expect(code == .unavailable)
      #expect(terminal.messages.hasPrefix("error: cannot reach https://localhost:1: "))
    }
  }
}
