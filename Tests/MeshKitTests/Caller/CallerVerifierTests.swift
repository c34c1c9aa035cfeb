import MeshAPI
import MeshCrypto
import MeshProto
import MeshTestKit
import MeshText
import Synchronization
import Testing

@testable import MeshKit

@Suite("A caller context")
struct CallerVerifierTests {
  private let key: Ed25519PrivateKey
  private let signer: CallerSigner
  private let start: Micros = 1_800_000_000_000_000

  init() throws {
    key = try Ed25519PrivateKey()
    signer = CallerSigner(key)
  }

  private func header(_ caller: IdentityV1.Caller, at now: Micros) throws -> [UInt8] {
    Self.encoded(try signer.sign(caller, now: now))
  }

  private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    Array(Base64.encode(bytes, padded: false).utf8)
  }

  private func verifier(at now: Micros) -> CallerVerifier {
    CallerVerifier(keys: [key.publicKey], now: { now })
  }

  @Test("that the edge signed names its caller")
  func genuine() throws {
    let header = try header(TestCallers.ada, at: start)
    let caller = try #require(verifier(at: start).verify(header))
    #expect(caller.kind == .operator)
    #expect(caller.plane == .operator)
    #expect(caller.name == "ada@example.com")
    #expect(caller.ip == "192.0.2.1")
    #expect(caller.tenantID == nil)
    #expect(caller.permissions.contains("tenants.suspend"))
  }

  @Test("is void after sixty seconds, also when it was verified before")
  func expires() throws {
    let now = Mutex(start)
    let verifier = CallerVerifier(keys: [key.publicKey], now: { now.withLock { $0 } })
    let header = try header(TestCallers.ada, at: start)
    #expect(verifier.verify(header) != nil)
    now.withLock { $0 += 59_999_999 }
    #expect(verifier.verify(header) != nil)
    now.withLock { $0 += 1 }
    #expect(verifier.verify(header) == nil)
  }

  @Test("from too far in the future is void")
  func future() throws {
    let header = try header(TestCallers.ada, at: start + CallerVerifier.clockSkew + 1)
    #expect(verifier(at: start).verify(header) == nil)
  }

  @Test("of another key, or changed in any byte, is void")
  func forged() throws {
    let stranger = CallerSigner(try Ed25519PrivateKey())
    let forged = Self.encoded(try stranger.sign(TestCallers.ada, now: start))
    #expect(verifier(at: start).verify(forged) == nil)
    let signed = try signer.sign(TestCallers.ada, now: start)
    let verifier = verifier(at: start)
    for index in signed.indices {
      var changed = signed
      changed[index] ^= 1
      #expect(verifier.verify(Self.encoded(changed)) == nil)
    }
  }

  @Test("that is none is void", arguments: [[], [1, 2, 3], [UInt8](repeating: 65, count: 9000)])
  func garbage(header: [UInt8]) {
    #expect(verifier(at: start).verify(header) == nil)
  }

  @Test("of a service cannot be minted from outside: only callers of a plane are read")
  func kinds() throws {
    var service = TestCallers.ada
    service.kind = .service
    #expect(verifier(at: start).verify(try header(service, at: start)) == nil)
    var nowhere = TestCallers.ada
    nowhere.plane = .service
    #expect(verifier(at: start).verify(try header(nowhere, at: start)) == nil)
  }
}
