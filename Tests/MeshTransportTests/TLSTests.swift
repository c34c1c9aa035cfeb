import MeshCrypto
import MeshIO
import MeshRPC
import MeshTLS
import Testing

@testable import MeshTransport

@Suite("A call over TLS", .timeLimit(.minutes(1)))
struct TLSTests {
  private struct Certificates {
    let server: TLSContext
    let client: TLSContext
    let stranger: TLSContext
  }

  private func certificates() throws -> Certificates {
    let validity = CertificateValidity(notBefore: 1_700_000_000, notAfter: 4_000_000_000)
    let authority = try CertificateAuthority(commonName: "test", validity: validity)
    let trust = TLSTrust.only(.text(authority.certificatePEM))
    func identity(_ usage: CertificateRequest.Usage, uri: String) throws -> TLSIdentity {
      let issued = try authority.issue(
        CertificateRequest(
          commonName: "test", dnsNames: ["localhost"], uris: [uri], validity: validity,
          usage: usage))
      return TLSIdentity(chain: .text(issued.chainPEM), privateKey: .text(issued.privateKeyPEM))
    }
    return Certificates(
      server: try TLSContext(
        TLSConfiguration(
          role: .server(
            identity: identity(.server, uri: "spiffe://mesh/echo"), clients: .optional(trust)))),
      client: try TLSContext(
        TLSConfiguration(
          role: .client(trust: trust, identity: identity(.client, uri: "spiffe://mesh/edge")))),
      stranger: try TLSContext(TLSConfiguration(role: .client(trust: trust, identity: nil))))
  }

  @Test("works, and the server knows the client by its certificate")
  func mutual() async throws {
    let certificates = try certificates()
    try await withServer(tls: certificates.server) { _, address, loops in
      for (context, who) in [
        (certificates.client, "spiffe://mesh/edge"), (certificates.stranger, "unknown"),
      ] {
        let channel = TransportChannel(
          ChannelConfig(to: address, tls: context, serverName: "localhost"), loops: loops)
        let answer: Text = try await RPCClient(channel).unary(Echo.who, Text(""), CallOptions())
        #expect(answer == Text(who))
        let large: Text = try await RPCClient(channel).unary(
          Echo.say, Text(String(repeating: "x", count: 2_000_000)), CallOptions())
        #expect(large.value.utf8.count == 2_000_000)
      }
    }
  }

  @Test("is shown by channelz with its cipher and both certificates, each end its own way round")
  func shownByChannelz() async throws {
    let certificates = try certificates()
    let registry = ChannelzRegistry()
    try await withServer(
      tls: certificates.server, change: { $0.registry = registry }
    ) { _, address, loops in
      var config = ChannelConfig(to: address, tls: certificates.client, serverName: "localhost")
      config.registry = registry
      let channel = TransportChannel(config, loops: loops)
      let _: Text = try await RPCClient(channel).unary(Echo.say, Text(""), CallOptions())
      let server = try registry.servers.first().id
      let sockets = try #require(await registry.sockets(ofServer: server, from: 0, size: 0))
      let taken = try #require(await registry.socket(sockets.refs.first().id))
      let ways = try #require(await registry.channel(registry.channels.first().id)).subchannels
      let way = try #require(await registry.subchannel(ways.first().id))
      let made = try #require(await registry.socket(way.sockets.first().id))
      #expect((made.remoteName, taken.remoteName) == ("localhost", ""))
      let (ours, theirs) = (try #require(made.security), try #require(taken.security))
      #expect(ours.cipherSuite == theirs.cipherSuite)
      #expect(ours.cipherSuite.hasPrefix("TLS_"))
      // A certificate in DER is a sequence.
      #expect(ours.localCertificate.first == 0x30 && ours.remoteCertificate.first == 0x30)
      #expect(ours.localCertificate == theirs.remoteCertificate)
      #expect(ours.remoteCertificate == theirs.localCertificate)
      #expect(ours.localCertificate != ours.remoteCertificate)
    }
  }

  @Test("to a server with another name is refused with the reason")
  func wrongName() async throws {
    let certificates = try certificates()
    try await withServer(tls: certificates.server) { _, address, loops in
      let channel = TransportChannel(
        ChannelConfig(to: address, tls: certificates.client, serverName: "elsewhere"),
        loops: loops)
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await RPCClient(channel).unary(Echo.say, Text(""), CallOptions())
      }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("TLS") == true)
    }
  }

  @Test("goes on over its connection when the server's certificates are loaded again")
  func reload() async throws {
    let certificates = try certificates()
    try await withServer(tls: certificates.server) { server, address, loops in
      let config = ChannelConfig(to: address, tls: certificates.client, serverName: "localhost")
      let before = RPCClient(TransportChannel(config, loops: loops))
      let _: Text = try await before.unary(Echo.say, Text("before"), CallOptions())
      try certificates.server.reload()
      let same: Text = try await before.unary(Echo.say, Text("same"), CallOptions())
      #expect(same == Text("same"))
      #expect(await server.connectionCount() == 1)
      let after = RPCClient(TransportChannel(config, loops: loops))
      let other: Text = try await after.unary(Echo.say, Text("other"), CallOptions())
      #expect(other == Text("other"))
      #expect(await server.connectionCount() == 2)
    }
  }
}
