import Foundation
import MeshCrypto
import MeshIO
import MeshTLS
import Testing

@testable import MeshTransport

@Suite("TLS as OpenSSL's own client meets it", .timeLimit(.minutes(1)))
struct ForeignTLSTests {
  struct Meeting: Sendable {
    let arguments: String
    let says: [String]
    var needsCertificate = false
  }

  private func context(_ meeting: Meeting) throws -> TLSContext {
    let validity = CertificateValidity(notBefore: 1_700_000_000, notAfter: 4_000_000_000)
    let authority = try CertificateAuthority(commonName: "test", validity: validity)
    let issued = try authority.issue(
      CertificateRequest(commonName: "test", dnsNames: ["localhost"], validity: validity))
    let identity = TLSIdentity(
      chain: .text(issued.chainPEM), privateKey: .text(issued.privateKeyPEM))
    let trust = TLSTrust.only(.text(authority.certificatePEM))
    return try TLSContext(
      TLSConfiguration(
        role: .server(
          identity: identity, clients: meeting.needsCertificate ? .required(trust) : .none)))
  }

  /// Everything that `openssl s_client` says about the server at `address`.
  private func client(_ address: SocketAddress, _ arguments: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments =
      ["s_client", "-connect", "\(address)"] + arguments.split(separator: " ").map(String.init)
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: said, as: UTF8.self)
  }

  @Test(
    "agrees on what is allowed, and refuses the rest with its alert",
    arguments: [
      Meeting(arguments: "-alpn h2", says: ["New, TLSv1.3", "ALPN protocol: h2"]),
      Meeting(arguments: "-alpn http/1.1,h2", says: ["ALPN protocol: h2"]),
      Meeting(
        arguments: "-alpn h2 -tls1_2",
        says: [
          "New, TLSv1.2, Cipher is ECDHE-ECDSA-AES", "GCM", "Secure Renegotiation IS supported",
        ]),
      Meeting(arguments: "", says: ["SSL alert number 120"]),
      Meeting(arguments: "-alpn http/1.1", says: ["SSL alert number 120"]),
      Meeting(
        arguments: "-alpn h2 -tls1_1 -cipher DEFAULT@SECLEVEL=0", says: ["SSL alert number 70"]),
      // Without forward secrecy or without AEAD: RFC 9113 appendix A.
      Meeting(
        arguments: "-alpn h2 -tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384",
        says: ["SSL alert number 40"]),
      Meeting(
        arguments: "-alpn h2 -tls1_2 -cipher AES128-GCM-SHA256", says: ["SSL alert number 40"]),
      Meeting(
        arguments: "-alpn h2 -tls1_2", says: ["SSL alert number 40"], needsCertificate: true),
    ])
  func meetings(meeting: Meeting) async throws {
    try await withServer(tls: context(meeting)) { _, address, _ in
      let said = try await Offload.run { try client(address, meeting.arguments) }
      for words in meeting.says {
        #expect(said.contains(words), "\(meeting.arguments): \(said)")
      }
    }
  }
}
