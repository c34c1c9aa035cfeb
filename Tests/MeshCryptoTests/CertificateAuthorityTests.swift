import COpenSSL
import Testing

@testable import MeshCrypto

@Suite("Certificate authority")
struct CertificateAuthorityTests {
  static let validity = CertificateValidity.days(1, from: 1_800_000_000)

  @Test("a root, taken up again from its PEM text, goes on issuing", arguments: [true, false])
  func rootFromPEM(asEd25519: Bool) throws {
    let made = try CertificateAuthority(
      commonName: "Test root", validity: Self.validity, keyType: asEd25519 ? .ed25519 : .p256)
    let authority = try CertificateAuthority(
      certificatePEM: made.certificatePEM, privateKeyPEM: made.privateKeyPEM)
    #expect(authority.certificatePEM == made.certificatePEM)
    let issued = try authority.issue(
      CertificateRequest(commonName: "leaf", dnsNames: ["localhost"], validity: Self.validity))
    #expect(issued.chainPEM.split(separator: "-----BEGIN CERTIFICATE-----").count == 1)
    #expect(issued.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----"))
  }

  @Test("what an intermediate issues comes with the intermediate's certificate")
  func intermediate() throws {
    let root = try CertificateAuthority(commonName: "Test root", validity: Self.validity)
    let made = try root.issueAuthority(commonName: "Intermediate", validity: Self.validity)
    let reloaded = try CertificateAuthority(
      certificatePEM: made.certificatePEM, privateKeyPEM: made.privateKeyPEM)
    for authority in [made, reloaded] {
      let issued = try authority.issue(
        CertificateRequest(commonName: "leaf", validity: Self.validity))
      #expect(issued.chainPEM.hasSuffix(made.certificatePEM))
      #expect(issued.chainPEM.split(separator: "-----BEGIN CERTIFICATE-----").count == 2)
    }
  }

  @Test(
    "a name that cannot stand in a certificate is refused by name",
    arguments: [
      CertificateRequest(commonName: "", validity: validity),
      CertificateRequest(
        commonName: String(repeating: "n", count: 65), validity: validity),
      CertificateRequest(commonName: "n", dnsNames: ["exa mple"], validity: validity),
      CertificateRequest(commonName: "n", dnsNames: [""], validity: validity),
      CertificateRequest(commonName: "n", dnsNames: ["münchen.example"], validity: validity),
      CertificateRequest(commonName: "n", ipAddresses: ["1.2.3"], validity: validity),
      CertificateRequest(commonName: "n", uris: ["no-scheme"], validity: validity),
    ])
  func invalidNames(request: CertificateRequest) throws {
    let authority = try CertificateAuthority(commonName: "Test root", validity: Self.validity)
    let name = request.dnsNames.first ?? request.ipAddresses.first ?? request.uris.first
    #expect(throws: CryptoError.invalidName(name ?? request.commonName)) {
      try authority.issue(request)
    }
  }

  @Test("a comma in a name stays in that name")
  func noInjection() throws {
    let authority = try CertificateAuthority(commonName: "Test root", validity: Self.validity)
    let issued = try authority.issue(
      CertificateRequest(commonName: "n", dnsNames: ["a,DNS:b"], validity: Self.validity))
    let leaf = try CertificateHandle(pem: issued.chainPEM)
    let names = copenssl_alternative_names(leaf.pointer)
    defer { GENERAL_NAMES_free(names) }
    #expect(copenssl_names_count(names) == 1)
  }

  @Test("a leaf, or a root with another's key, is no authority")
  func notAnAuthority() throws {
    let root = try CertificateAuthority(commonName: "Test root", validity: Self.validity)
    let other = try CertificateAuthority(commonName: "Test root", validity: Self.validity)
    let leaf = try root.issue(CertificateRequest(commonName: "n", validity: Self.validity))
    #expect(throws: CryptoError.notAnAuthority) {
      try CertificateAuthority(
        certificatePEM: leaf.chainPEM, privateKeyPEM: leaf.privateKeyPEM)
    }
    #expect(throws: CryptoError.notAnAuthority) {
      try CertificateAuthority(
        certificatePEM: root.certificatePEM, privateKeyPEM: other.privateKeyPEM)
    }
    #expect(throws: CryptoError.missingFromPEM("certificate")) {
      try CertificateAuthority(
        certificatePEM: root.privateKeyPEM, privateKeyPEM: root.privateKeyPEM)
    }
  }

  @Test("a validity that ends before it starts is refused")
  func backwards() {
    #expect(throws: CryptoError.self) {
      try CertificateAuthority(
        commonName: "n", validity: CertificateValidity(notBefore: 2, notAfter: 1))
    }
  }
}
