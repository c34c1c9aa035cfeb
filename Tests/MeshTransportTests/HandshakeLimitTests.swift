import Glibc
import MeshCrypto
import MeshIO
import MeshRPC
import MeshTLS
import Testing

@testable import MeshTransport

@Suite("Connections that do not greet", .timeLimit(.minutes(1)))
struct HandshakeLimitTests {
  /// A connection that says nothing.
  private final class SilentPeer: Sendable {
    private let descriptor: Int32

    init(_ address: SocketAddress) throws {
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var native = sockaddr_in()
      native.sin_family = sa_family_t(AF_INET)
      native.sin_port = try #require(address.port).bigEndian
      native.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      let result = withUnsafePointer(to: &native) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// Waits until the server has closed the connection, whatever it says before.
    func waitForEnd() {
      var bytes = [UInt8](repeating: 0, count: 1024)
      while read(descriptor, &bytes, bytes.count) > 0 {}
    }
  }

  private func withLimits<Result>(
    _ change: (inout ServerConfig) -> Void,
    _ body: (SocketAddress, [EventLoop]) async throws -> Result
  ) async throws -> Result {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    var config = ServerConfig(endpoints: [.init(.loopback(port: 0))])
    change(&config)
    let router = Echo.router()
    let server = Server(config, loops: group.loops, router: router)
    let addresses = try await server.start()
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body(addresses[0], group.loops))
    } catch {
      result = .failure(error)
    }
    await server.stop()
    await group.stop()
    return try result.get()
  }

  /// TLS of a server that nobody gets to know.
  private func tls() throws -> TLSContext {
    let validity = CertificateValidity(notBefore: 1_700_000_000, notAfter: 4_000_000_000)
    let issued = try CertificateAuthority(commonName: "test", validity: validity).issue(
      CertificateRequest(
        commonName: "test", dnsNames: ["localhost"], uris: [], validity: validity, usage: .server))
    let identity = TLSIdentity(
      chain: .text(issued.chainPEM), privateKey: .text(issued.privateKeyPEM))
    return try TLSContext(TLSConfiguration(role: .server(identity: identity, clients: .none)))
  }

  @Test("are closed when their time is over, for TLS or for HTTP/2", arguments: [true, false])
  func timeout(hasTLS: Bool) async throws {
    let tls = try tls()
    try await withLimits {
      $0.endpoints[0].tls = hasTLS ? tls : nil
      // The other limit is not the one that counts.
      $0.handshakeTimeout = .milliseconds(hasTLS ? 20 : 600_000)
      $0.prefaceTimeout = .milliseconds(hasTLS ? 600_000 : 20)
    } _: { address, _ in
      let peer = try SilentPeer(address)
      try await Offload.run { peer.waitForEnd() }
    }
  }

  @Test("are bounded in number, and those that go make room")
  func inFlight() async throws {
    try await withLimits {
      $0.caps.handshakes = 2
    } _: { address, loops in
      let first = try SilentPeer(address)
      var second: SilentPeer? = try SilentPeer(address)
      let third = try SilentPeer(address)
      try await Offload.run { third.waitForEnd() }
      let channel = TransportChannel(
        ChannelConfig(to: address, serverName: "localhost"), loops: loops)
      let client = RPCClient(channel)
      let refused = await #expect(throws: RPCError.self) {
        let _: Text = try await client.unary(Echo.say, Text(""), CallOptions())
      }
      #expect(refused?.code == .unavailable)

      second = nil
      // The server sees the end in its own time, and the channel waits between its attempts.
      var answer: Text?
      while answer == nil {
        answer = try? await client.unary(Echo.say, Text("hello"), CallOptions())
        await Task.yield()
      }
      #expect(answer == Text("hello"))
      #expect(second == nil)
      // A peer that has greeted does not count.
      #expect(try await client.unary(Echo.say, Text("again"), CallOptions()) == Text("again"))
      withExtendedLifetime(first) {}
    }
  }
}
