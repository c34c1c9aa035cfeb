import COpenSSL
import Testing

@testable import MeshTLS

@Suite("What is negotiated with foreign peers")
struct NegotiationTests {
  static let h2: [UInt8] = [2] + "h2".utf8

  @Test("a client that offers no common protocol is refused, and told so")
  func noCommonProtocol() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(protocols: ["http/1.1"]), pki.server())
    #expect(server.error == .noApplicationProtocol)
    #expect(client.error == .alertReceived(.noApplicationProtocol))
  }

  @Test("a client that knows no ALPN is refused, and told so")
  func clientWithoutALPN() throws {
    let server = try SessionEndpoint(TestPKI().server())
    let client = RawEndpoint()
    exchange(client, server)
    #expect(server.error == .noApplicationProtocol)
    #expect(client.failure == "tlsv1 alert no application protocol")
  }

  @Test("a server that knows no ALPN is refused")
  func serverWithoutALPN() throws {
    let pki = try TestPKI()
    let client = try SessionEndpoint(pki.client(), serverName: "localhost")
    exchange(client, try RawEndpoint(serverOf: pki.authority, validity: TestPKI.valid))
    #expect(client.error == .noApplicationProtocol)
    #expect(client.session.alpn == nil)
  }

  @Test("TLS 1.1 is refused, and told so")
  func oldVersion() throws {
    let server = try SessionEndpoint(TestPKI().server())
    let client = RawEndpoint(clientOffering: Self.h2)
    SSL_set_security_level(client.ssl, 0)
    SSL_ctrl(client.ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_1_VERSION), nil)
    SSL_ctrl(client.ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_1_VERSION), nil)
    exchange(client, server)
    #expect(server.error == .protocolViolation(reason: "unsupported protocol"))
    #expect(client.failure == "tlsv1 alert protocol version")
  }

  @Test("TLS 1.2 is accepted with a cipher that HTTP/2 allows, and is not renegotiated")
  func version12() throws {
    let server = try SessionEndpoint(TestPKI().server())
    let client = RawEndpoint(clientOffering: Self.h2)
    SSL_ctrl(client.ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    exchange(client, server)
    try #require(server.session.state == .open)
    let cipher = String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(client.ssl)))
    #expect(cipher == "ECDHE-ECDSA-AES256-GCM-SHA384" || cipher == "ECDHE-ECDSA-AES128-GCM-SHA256")
    SSL_renegotiate(client.ssl)
    SSL_do_handshake(client.ssl)
    exchange(client, server)
    #expect(client.failure == "no renegotiation")
  }

  @Test("TLS 1.3 is agreed on with AES-128, and a ticket without early data")
  func version13() throws {
    let server = try SessionEndpoint(TestPKI().server())
    let client = RawEndpoint(clientOffering: Self.h2)
    exchange(client, server)
    #expect(String(cString: SSL_get_version(client.ssl)) == "TLSv1.3")
    let cipher = String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(client.ssl)))
    #expect(cipher == "TLS_AES_128_GCM_SHA256")
    let ticket = SSL_get1_session(client.ssl)
    defer { SSL_SESSION_free(ticket) }
    #expect(SSL_SESSION_is_resumable(ticket) == 1)
    #expect(SSL_SESSION_get_max_early_data(ticket) == 0)
  }

  @Test("a ticket resumes a session on the same context")
  func resumption() throws {
    let context = try TestPKI().server()
    let first = RawEndpoint(clientOffering: Self.h2)
    exchange(first, try SessionEndpoint(context))
    let ticket = SSL_get1_session(first.ssl)
    defer { SSL_SESSION_free(ticket) }
    let again = RawEndpoint(clientOffering: Self.h2)
    SSL_set_session(again.ssl, ticket)
    let server = try SessionEndpoint(context)
    exchange(again, server)
    #expect(SSL_session_reused(again.ssl) == 1)
    #expect(server.session.alpn == "h2")
  }

  @Test("a server that asks for client certificates gives no tickets")
  func noTicketsWithClientCertificates() throws {
    let pki = try TestPKI()
    let server = try SessionEndpoint(pki.server(clients: .optional(pki.trust)))
    let client = RawEndpoint(clientOffering: Self.h2)
    exchange(client, server)
    #expect(server.session.state == .open)
    #expect(SSL_SESSION_is_resumable(SSL_get_session(client.ssl)) == 0)
  }
}
