import Glibc
import MeshCrypto

@testable import MeshTLS

/// A root made for one test, and the identities and contexts that a test needs from it.
struct TestPKI {
  static let now = Int64(time(nil))
  static let valid = CertificateValidity.days(1, from: now)
  static let expired = CertificateValidity(notBefore: now - 7200, notAfter: now - 3600)
  static let notYetValid = CertificateValidity(notBefore: now + 3600, notAfter: now + 7200)

  let authority: CertificateAuthority

  init(validity: CertificateValidity = valid, keyType: CertificateKeyType = .p256) throws {
    authority = try CertificateAuthority(
      commonName: "Test root", validity: validity, keyType: keyType)
  }

  init(authority: CertificateAuthority) {
    self.authority = authority
  }

  var trust: TLSTrust {
    .only(.text(authority.certificatePEM))
  }

  func identity(
    dnsNames: [String] = [], ipAddresses: [String] = [], uris: [String] = [],
    validity: CertificateValidity = valid, usage: CertificateRequest.Usage = .both,
    keyType: CertificateKeyType = .p256
  ) throws -> TLSIdentity {
    let issued = try authority.issue(
      CertificateRequest(
        commonName: "leaf", dnsNames: dnsNames, ipAddresses: ipAddresses, uris: uris,
        validity: validity, usage: usage, keyType: keyType))
    return TLSIdentity(
      chain: .text(issued.chainPEM), privateKey: .text(issued.privateKeyPEM))
  }

  /// A server for `localhost`, unless another identity is given.
  func server(
    _ identity: TLSIdentity? = nil, clients: TLSConfiguration.ClientCertificates = .none,
    protocols: [String] = ["h2"]
  ) throws -> TLSContext {
    let identity = try identity ?? self.identity(dnsNames: ["localhost"])
    return try TLSContext(
      TLSConfiguration(
        role: .server(identity: identity, clients: clients), applicationProtocols: protocols))
  }

  func client(
    _ identity: TLSIdentity? = nil, trust: TLSTrust? = nil, protocols: [String] = ["h2"]
  ) throws -> TLSContext {
    try TLSContext(
      TLSConfiguration(
        role: .client(trust: trust ?? self.trust, identity: identity),
        applicationProtocols: protocols))
  }
}
