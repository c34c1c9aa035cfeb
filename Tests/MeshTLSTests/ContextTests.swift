import COpenSSL
import Glibc
import MeshCrypto
import Testing

@testable import MeshTLS

@Suite("TLS contexts")
struct ContextTests {
  /// A directory of this test's own, removed at its end.
  final class Directory {
    let path: String

    init() throws {
      var template = [CChar]("/tmp/mesh-tls-XXXXXX".utf8CString)
      path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
      for name in ["chain.pem", "key.pem", "ca.pem"] { unlink("\(path)/\(name)") }
      rmdir(path)
    }

    func write(_ text: String, to name: String) throws {
      let file = try #require(fopen("\(path)/\(name)", "w"))
      defer { fclose(file) }
      fputs(text, file)
    }

    var identity: TLSIdentity {
      TLSIdentity(
        chain: .file("\(path)/chain.pem"), privateKey: .file("\(path)/key.pem"))
    }
  }

  func issue(
    _ pki: TestPKI, days: Int = 1
  ) throws -> IssuedCertificate {
    try pki.authority.issue(
      CertificateRequest(
        commonName: "leaf", dnsNames: ["localhost"],
        validity: .days(days, from: TestPKI.now)))
  }

  @Test("a reload serves new sessions with the new certificate and leaves live ones alone")
  func reload() throws {
    let pki = try TestPKI()
    let directory = try Directory()
    let first = try issue(pki)
    try directory.write(first.chainPEM, to: "chain.pem")
    try directory.write(first.privateKeyPEM, to: "key.pem")
    let context = try pki.server(directory.identity)
    #expect(context.certificateExpiry == TestPKI.now + 86_400)
    let (client, server) = try connect(pki.client(), context)

    let second = try issue(pki, days: 2)
    try directory.write(second.chainPEM, to: "chain.pem")
    try directory.write(second.privateKeyPEM, to: "key.pem")
    try context.reload()
    #expect(context.certificateExpiry == TestPKI.now + 2 * 86_400)
    let (later, _) = try connect(pki.client(), context)
    #expect(later.session.peer?.notAfter == TestPKI.now + 2 * 86_400)
    #expect(later.session.peer?.fingerprint != client.session.peer?.fingerprint)

    try client.send([1])
    exchange(client, server)
    #expect(server.received == [1])
  }

  @Test("a reload that finds half of a replacement throws and changes nothing")
  func halfReplaced() throws {
    let pki = try TestPKI()
    let directory = try Directory()
    let first = try issue(pki)
    try directory.write(first.chainPEM, to: "chain.pem")
    try directory.write(first.privateKeyPEM, to: "key.pem")
    let context = try pki.server(directory.identity)
    try directory.write(issue(pki).chainPEM, to: "chain.pem")
    #expect(throws: TLSError.keyMismatch(source: "\(directory.path)/chain.pem")) {
      try context.reload()
    }
    let (client, _) = try connect(pki.client(), context)
    #expect(client.session.state == .open)
  }

  @Test("only changed files are loaded again, and a bad change is reported once")
  func changes() throws {
    let pki = try TestPKI()
    let directory = try Directory()
    let first = try issue(pki)
    try directory.write(first.chainPEM, to: "chain.pem")
    try directory.write(first.privateKeyPEM, to: "key.pem")
    let context = try pki.server(directory.identity)
    #expect(try !context.reloadIfChanged())

    try directory.write("nothing of use, and longer or shorter than before", to: "chain.pem")
    #expect(throws: TLSError.self) { try context.reloadIfChanged() }
    #expect(try !context.reloadIfChanged())
    #expect(context.certificateExpiry == TestPKI.now + 86_400)
    #expect(throws: TLSError.self) { try context.reload() }

    let second = try issue(pki, days: 2)
    try directory.write(second.chainPEM, to: "chain.pem")
    try directory.write(second.privateKeyPEM, to: "key.pem")
    #expect(try context.reloadIfChanged())
    #expect(context.certificateExpiry == TestPKI.now + 2 * 86_400)
    #expect(try !context.reloadIfChanged())
  }

  @Test("a new authority is believed from the reload on, and the one before no more")
  func newAuthority() throws {
    let (old, new) = (try TestPKI(), try TestPKI())
    let directory = try Directory()
    try directory.write(old.authority.certificatePEM, to: "ca.pem")
    let trust = TLSTrust.only(.file("\(directory.path)/ca.pem"))
    let context = try old.server(clients: .required(trust))
    let (before, after) = (
      try old.client(old.identity(), trust: old.trust),
      try old.client(new.identity(), trust: old.trust)
    )
    let (live, server) = try connect(before, context)
    #expect(try connect(after, context).server.error != nil)

    try directory.write(new.authority.certificatePEM, to: "ca.pem")
    #expect(try context.reloadIfChanged())
    #expect(try connect(after, context).server.error == nil)
    #expect(try connect(before, context).server.error != nil)
    try live.send([7])
    exchange(live, server)
    #expect(server.received == [7])
  }

  @Test("a reload makes old tickets worthless, so a client of before handshakes in full")
  func ticketsEndWithReload() throws {
    let context = try TestPKI().server()
    let first = RawEndpoint(clientOffering: NegotiationTests.h2)
    exchange(first, try SessionEndpoint(context))
    let ticket = SSL_get1_session(first.ssl)
    defer { SSL_SESSION_free(ticket) }
    try context.reload()
    let again = RawEndpoint(clientOffering: NegotiationTests.h2)
    SSL_set_session(again.ssl, ticket)
    let server = try SessionEndpoint(context)
    exchange(again, server)
    #expect(SSL_session_reused(again.ssl) == 0)
    #expect(server.session.state == .open)
  }

  @Test("a context that cannot be made names the file and the reason")
  func configurationErrors() throws {
    let pki = try TestPKI()
    let good = try pki.identity()
    #expect(
      throws: TLSError.configuration(source: "/nowhere", reason: "No such file or directory")
    ) {
      try pki.server(TLSIdentity(chain: .file("/nowhere"), privateKey: good.privateKey))
    }
    #expect(
      throws: TLSError.configuration(
        source: "inline PEM", reason: "no unencrypted private key in PEM form")
    ) {
      try pki.server(TLSIdentity(chain: good.chain, privateKey: good.chain))
    }
    #expect(
      throws: TLSError.configuration(
        source: "/dev/null", reason: "no certificate in PEM form")
    ) {
      try pki.client(trust: .only(.file("/dev/null")))
    }
    let damaged = pki.authority.certificatePEM + "-----BEGIN CERTIFICATE-----\nAAAA\n"
    #expect(
      throws: TLSError.configuration(source: "inline PEM", reason: "certificate 2 is damaged")
    ) {
      try pki.client(trust: .only(.text(damaged)))
    }
  }

  @Test("a client trusts the system's authorities when told so, and ours are none of them")
  func systemTrust() throws {
    let pki = try TestPKI()
    let (client, _) = try connect(pki.client(trust: .system), pki.server())
    guard case .certificateRejected = client.error else {
      Issue.record("accepted: \(String(describing: client.error))")
      return
    }
    #expect(try pki.client().certificateExpiry == nil)
  }
}
