import MeshCrypto
import Testing

@testable import MeshTLS

@Suite("Who is believed")
struct VerificationTests {
  @Test(
    "a client accepts a certificate for the host it asked for",
    arguments: [
      ("localhost", "localhost"), ("a.mesh.example", "*.mesh.example"), ("LOCALHOST", "localhost"),
    ])
  func hostNames(asked: String, certified: String) throws {
    let pki = try TestPKI()
    let server = try pki.server(pki.identity(dnsNames: ["other", certified]))
    let (client, _) = try connect(pki.client(), server, serverName: asked)
    #expect(client.error == nil)
    #expect(client.session.state == .open)
  }

  @Test(
    "a client accepts a certificate for the address it asked for", arguments: ["127.0.0.1", "::1"])
  func addresses(address: String) throws {
    let pki = try TestPKI()
    let server = try pki.server(pki.identity(ipAddresses: ["127.0.0.1", "::1"]))
    let (client, _) = try connect(pki.client(), server, serverName: address)
    #expect(client.session.state == .open)
  }

  struct Refusal: Sendable {
    var asked = "localhost"
    var dnsNames = ["localhost"]
    var validity = TestPKI.valid
    var usage = CertificateRequest.Usage.both
    let reason: String
    var alert = TLSAlert.badCertificate
  }

  @Test(
    "a client refuses a server's certificate and both sides know why",
    arguments: [
      Refusal(
        validity: TestPKI.expired, reason: "certificate has expired", alert: .certificateExpired),
      Refusal(validity: TestPKI.notYetValid, reason: "certificate is not yet valid"),
      Refusal(dnsNames: ["example.com"], reason: "hostname mismatch"),
      // "leaf" is the common name of every test certificate: not to be believed.
      Refusal(asked: "leaf", dnsNames: [], reason: "hostname mismatch"),
      Refusal(asked: "a.b.example", dnsNames: ["*.example"], reason: "hostname mismatch"),
      Refusal(asked: "127.0.0.1", reason: "IP address mismatch"),
      Refusal(
        usage: .client, reason: "unsuitable certificate purpose",
        alert: TLSAlert(rawValue: 43)),
    ])
  func refusedServers(refusal: Refusal) throws {
    let pki = try TestPKI()
    let identity = try pki.identity(
      dnsNames: refusal.dnsNames, validity: refusal.validity, usage: refusal.usage)
    let (client, server) = try connect(
      pki.client(), pki.server(identity), serverName: refusal.asked)
    #expect(client.error == .certificateRejected(reason: refusal.reason, subject: "leaf"))
    #expect(server.error == .alertReceived(refusal.alert))
  }

  @Test("a client refuses a server of an authority that it does not know")
  func unknownAuthority() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(trust: TestPKI().trust), pki.server())
    #expect(
      client.error
        == .certificateRejected(
          reason: "unable to get local issuer certificate", subject: "leaf"))
    #expect(server.error == .alertReceived(.unknownAuthority))
  }

  @Test("an expired root is named as the culprit")
  func expiredRoot() throws {
    let pki = try TestPKI(validity: TestPKI.expired)
    let (client, _) = try connect(pki.client(), pki.server())
    #expect(
      client.error
        == .certificateRejected(reason: "certificate has expired", subject: "Test root"))
    #expect(
      client.error?.description
        == "peer's certificate refused: certificate has expired (Test root)")
  }

  @Test("a chain through an intermediate authority is accepted")
  func intermediate() throws {
    let root = try TestPKI()
    let middle = try TestPKI(
      authority: root.authority.issueAuthority(commonName: "Middle", validity: TestPKI.valid))
    let (client, _) = try connect(root.client(), middle.server())
    #expect(client.session.state == .open)
  }

  @Test("a server reads its client's identity from its certificate")
  func clientIdentity() throws {
    let pki = try TestPKI()
    let identity = try pki.identity(uris: ["spiffe://tenantry/edge"])
    let (client, server) = try connect(
      pki.client(identity), pki.server(clients: .required(pki.trust)))
    #expect(client.session.state == .open)
    let peer = try #require(server.session.peer)
    #expect(peer.spiffeID == SPIFFEID("spiffe://tenantry/edge"))
    #expect(peer.uriNames == ["spiffe://tenantry/edge"])
    #expect(peer.commonName == "leaf")
    #expect(peer.fingerprint.count == 32)
    #expect(peer.notAfter == TestPKI.valid.notAfter)
  }

  @Test(
    "a certificate without exactly one SPIFFE ID has no identity",
    arguments: [
      [], ["https://tenantry/edge"], ["spiffe://tenantry"], ["spiffe://tenantry/a/../edge"],
      ["spiffe://tenantry/edge", "spiffe://tenantry/audit"],
    ])
  func ambiguousIdentity(uris: [String]) throws {
    let pki = try TestPKI()
    let (_, server) = try connect(
      pki.client(pki.identity(uris: uris)), pki.server(clients: .required(pki.trust)))
    let peer = try #require(server.session.peer)
    #expect(peer.uriNames == uris)
    #expect(peer.spiffeID == nil)
  }

  @Test("a client without a certificate is refused where one is required, and told so")
  func missingClientCertificate() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(
      pki.client(), pki.server(clients: .required(pki.trust)))
    #expect(server.error == .certificateMissing)
    #expect(client.error == .alertReceived(.certificateRequired))
    #expect(client.error?.description == "peer sent alert: certificate required")
  }

  @Test("a client without a certificate has no identity where one is optional")
  func optionalClientCertificate() throws {
    let pki = try TestPKI()
    let (_, server) = try connect(pki.client(), pki.server(clients: .optional(pki.trust)))
    #expect(server.session.state == .open)
    #expect(server.session.peer == nil)
  }

  @Test("a client's bad certificate is refused even where one is optional")
  func refusedClients() throws {
    let pki = try TestPKI()
    let expired = try pki.identity(validity: TestPKI.expired)
    let serverOnly = try pki.identity(usage: .server)
    for clients in [
      TLSConfiguration.ClientCertificates.optional(pki.trust), .required(pki.trust),
    ] {
      let (first, server) = try connect(pki.client(expired), pki.server(clients: clients))
      #expect(
        server.error
          == .certificateRejected(reason: "certificate has expired", subject: "leaf"))
      #expect(first.error == .alertReceived(.certificateExpired))
      let (_, other) = try connect(pki.client(serverOnly), pki.server(clients: clients))
      #expect(
        other.error
          == .certificateRejected(reason: "unsuitable certificate purpose", subject: "leaf"))
    }
  }

  @Test("a client that expects a URI accepts it and checks no host name")
  func expectedURI() throws {
    let pki = try TestPKI()
    let server = try pki.server(pki.identity(uris: ["spiffe://tenantry/audit"]))
    let (client, _) = try connect(
      pki.client(), server, serverName: "audit.local", expectedURI: "spiffe://tenantry/audit")
    #expect(client.session.state == .open)
    #expect(client.session.peer?.spiffeID == SPIFFEID("spiffe://tenantry/audit"))
  }

  @Test(
    "a client that expects a URI refuses any other, and two",
    arguments: [
      ["spiffe://tenantry/edge"], [], ["spiffe://tenantry/audit", "spiffe://tenantry/edge"],
    ])
  func unexpectedURI(uris: [String]) throws {
    let pki = try TestPKI()
    let server = try pki.server(pki.identity(dnsNames: ["localhost"], uris: uris))
    let (client, _) = try connect(
      pki.client(), server, expectedURI: "spiffe://tenantry/audit")
    #expect(
      client.error
        == .certificateRejected(
          reason: "certificate is for \(uris), not for spiffe://tenantry/audit",
          subject: "leaf"))
  }
}
