package import MeshAPI
import MeshCrypto
import MeshKit
package import MeshRPC

/// Callers as the edge signs them, and channels to services that verify them.
package struct TestCallers: Sendable {
  private let signer: CallerSigner
  private let verifier: CallerVerifier

  /// Makes a key that nobody else has.
  package init() throws {
    let key = try Ed25519PrivateKey()
    signer = CallerSigner(key)
    verifier = CallerVerifier(keys: [key.publicKey])
  }

  /// An operator who may do everything.
  package static let ada = IdentityV1.Caller(
    kind: .operator, plane: .operator, id: "01940000-0000-7000-8000-00000000ada0",
    name: "ada@example.com", permissions: Set(PolicyTable.all.map(\.permission)).sorted(),
    ip: "192.0.2.1")

  /// A member of one tenant, who may read it.
  package static func member(of tenantID: String) -> IdentityV1.Caller {
    IdentityV1.Caller(
      kind: .member, plane: .tenant, id: "01940000-0000-7000-8000-00000000b0b0",
      name: "bob@globex.example", tenantID: tenantID, permissions: ["tenants.read"],
      ip: "192.0.2.2")
  }

  /// The request id that calls have when the test does not say.
  package static let requestID = "01940000-0000-7000-8000-000000004711"

  /// What a call of `caller` carries.
  package func options(
    _ caller: IdentityV1.Caller, requestID: String = TestCallers.requestID
  ) throws -> CallOptions {
    var metadata = Metadata()
    metadata.add(binary: try signer.sign(caller, now: Timestamps.now()), for: CallerHeaders.caller)
    metadata.add(requestID, for: CallerHeaders.requestID)
    return CallOptions(metadata: metadata)
  }

  /// A way to `services` behind the interceptor that every process has.
  package func channel(to services: any RPCService...) -> InProcessChannel {
    var router = Router(interceptors: [CallerInterceptor(verifier: verifier)])
    for service in services { service.register(on: &router) }
    return InProcessChannel(router)
  }
}
