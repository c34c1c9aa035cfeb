import Foundation
import MeshCrypto
import MeshTLS
import Synchronization
import Testing

@testable import MeshKit

@Suite("A process's certificates")
struct CertificatesTests {
  /// Certificates in a folder of the test's own, and the lines that were logged about them.
  private final class Scene: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let certificates: Certificates
    private let box = Box()
    private let now = Int64(Date().timeIntervalSince1970)

    init() throws {
      certificates = Certificates(log: Log(service: "test") { [box] in box.add($0) })
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
      // Left over in the temporary folder at worst.
      try? FileManager.default.removeItem(at: folder)
    }

    var log: [String] { box.lines }

    func write(_ text: String, _ name: String) throws {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    /// Writes a certificate that is good for `days`, with its key.
    func issue(days: Int) throws {
      let authority = try CertificateAuthority(
        commonName: "test", validity: .days(9, from: now))
      let issued = try authority.issue(
        CertificateRequest(
          commonName: "leaf", dnsNames: ["localhost"], validity: .days(days, from: now)))
      try write(issued.chainPEM, "chain.pem")
      try write(issued.privateKeyPEM, "key.pem")
    }

    func context() throws -> TLSContext {
      try certificates.context(
        TLSConfiguration(
          role: .server(
            identity: TLSIdentity(
              chain: .file(folder.appending(path: "chain.pem").path),
              privateKey: .file(folder.appending(path: "key.pem").path)),
            clients: .none)))
    }
  }

  private final class Box: Sendable {
    private let held = Mutex<[String]>([])
    var lines: [String] { held.withLock { $0 } }
    func add(_ bytes: [UInt8]) {
      held.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
    }
  }

  @Test("are loaded again when their files change, and what happened is in the log")
  func changed() async throws {
    let scene = try Scene()
    try scene.issue(days: 1)
    let context = try scene.context()
    let before = try #require(context.certificateExpiry)
    #expect(await scene.certificates.reloadChanged() == 0)
    #expect(scene.log.isEmpty)
    try scene.issue(days: 3)
    #expect(await scene.certificates.reloadChanged() == 1)
    #expect(try #require(context.certificateExpiry) == before + 2 * 86_400)
    #expect(scene.log.count == 1)
    #expect(scene.log[0].contains("certificates loaded"))
    #expect(scene.log[0].contains("chain.pem"))
  }

  @Test("stay when new files are of no use, and the log says why, once")
  func bad() async throws {
    let scene = try Scene()
    try scene.issue(days: 1)
    let context = try scene.context()
    let before = context.certificateExpiry
    try scene.write("nonsense", "chain.pem")
    #expect(await scene.certificates.reloadChanged() == 0)
    #expect(await scene.certificates.reloadChanged() == 0)
    #expect(context.certificateExpiry == before)
    #expect(scene.log.count == 1)
    #expect(scene.log[0].contains("the old ones stay"))
    #expect(scene.log[0].contains("no certificate in PEM form"))
  }

  @Test("are loaded again when an operator asks, changed or not")
  func asked() async throws {
    let scene = try Scene()
    try scene.issue(days: 1)
    _ = try scene.context()
    #expect(await scene.certificates.reload() == 1)
    try scene.write("nonsense", "key.pem")
    #expect(await scene.certificates.reload() == 0)
    #expect(scene.log.count == 2)
  }
}
