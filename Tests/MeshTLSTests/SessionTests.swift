import MeshCrypto
import Testing

@testable import MeshTLS

@Suite("TLS sessions")
struct SessionTests {
  @Test("two sessions agree on h2 and carry bytes both ways", arguments: [true, false])
  func bothWays(withEd25519: Bool) throws {
    let type: CertificateKeyType = withEd25519 ? .ed25519 : .p256
    let pki = try TestPKI(keyType: type)
    let identity = try pki.identity(dnsNames: ["localhost"], keyType: type)
    let (client, server) = try connect(pki.client(), pki.server(identity))
    #expect(client.session.state == .open)
    #expect(server.session.state == .open)
    #expect(client.session.alpn == "h2")
    #expect(server.session.alpn == "h2")
    try client.send([UInt8]("question".utf8))
    try server.send([UInt8]("answer".utf8))
    exchange(client, server)
    #expect(server.received == [UInt8]("question".utf8))
    #expect(client.received == [UInt8]("answer".utf8))
  }

  @Test("the server's own order decides among common protocols")
  func protocolOrder() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(
      pki.client(protocols: ["h2", "x"]), pki.server(protocols: ["x", "h2"]))
    #expect(client.session.alpn == "x")
    #expect(server.session.alpn == "x")
  }

  @Test("a megabyte arrives whole, in any sizes of piece", arguments: [1447, 16 << 10, 1 << 20])
  func largeTransfer(piece: Int) throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(), pki.server())
    let plaintext = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try client.send(plaintext)
    let ciphertext = client.take()
    #expect(ciphertext.count > plaintext.count)
    for start in stride(from: 0, to: ciphertext.count, by: piece) {
      server.give([UInt8](ciphertext[start..<min(start + piece, ciphertext.count)]))
    }
    #expect(server.error == nil)
    #expect(server.received == plaintext)
  }

  @Test("a handshake fed byte by byte completes")
  func byteByByte() throws {
    let pki = try TestPKI()
    let client = try SessionEndpoint(pki.client(), serverName: "localhost")
    let server = try SessionEndpoint(pki.server())
    client.give([])
    while client.session.state == .handshaking || server.session.state == .handshaking {
      for byte in client.take() { server.give([byte]) }
      for byte in server.take() { client.give([byte]) }
      try #require(client.error == nil && server.error == nil)
    }
    #expect(client.session.state == .open)
  }

  @Test("what is fed waits until it is read, in buffers of any size")
  func feedAndRead() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(), pki.server())
    try client.send([UInt8](0..<100))
    let ciphertext = client.take()
    for half in [ciphertext[..<40], ciphertext[40...]] {
      try half.span.bytes.withUnsafeBytes { (bytes) throws(TLSError) in
        try server.session.feed(bytes)
      }
    }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 7)
    while let count = try buffer.withUnsafeMutableBytes({
      try server.session.readPlaintext(into: $0)
    }) {
      received += buffer[..<count]
    }
    #expect(received == [UInt8](0..<100))
  }

  @Test("ciphertext that is taken in part goes on waiting")
  func partialTake() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(), pki.server())
    try client.send([1, 2, 3])
    let count = client.session.pendingCiphertext
    var taken: [UInt8] = []
    while client.session.pendingCiphertext > 0 {
      client.session.takeCiphertext { bytes in
        taken.append(contentsOf: bytes.prefix(5))
        return min(5, bytes.count)
      }
      if taken.count == 10 { try client.send([4]) }
    }
    #expect(taken.count > count)
    server.give(taken)
    #expect(server.received == [1, 2, 3, 4])
  }

  @Test(
    "an idle session holds next to nothing, whatever went through it", arguments: [10, 100_000])
  func idle(size: Int) throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(), pki.server())
    // A loop's buffer, which serves many sessions.
    var output: [UInt8] = []
    output.reserveCapacity(256 << 10)
    for _ in 0..<3 {
      try client.send([UInt8](repeating: 7, count: size))
      client.session.drainCiphertext(into: &output)
      server.give(output)
      output.removeAll(keepingCapacity: true)
    }
    #expect(server.received.count == 3 * size)
    #expect(client.session.queueCapacity <= 2 * CiphertextPipe.keptCapacity)
    #expect(server.session.queueCapacity <= 2 * CiphertextPipe.keptCapacity)
  }

  @Test("nothing can be sent before the handshake or after a shutdown")
  func notOpen() throws {
    let pki = try TestPKI()
    let fresh = try SessionEndpoint(pki.client(), serverName: "localhost")
    #expect(throws: TLSError.notOpen) { try fresh.send([1]) }
    let (client, _) = try connect(pki.client(), pki.server())
    client.session.shutdown()
    #expect(throws: TLSError.notOpen) { try client.send([1]) }
  }

  @Test("each side is shut down by itself, and the other hears of it")
  func shutdown() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(), pki.server())
    client.session.shutdown()
    #expect(client.session.state == .shutdownSent)
    exchange(client, server)
    #expect(server.session.state == .shutdownReceived)
    try server.send([9])
    server.session.shutdown()
    #expect(server.session.state == .closed)
    exchange(server, client)
    #expect(client.session.state == .closed)
    #expect(client.received == [9])
    #expect(client.error == nil)
  }

  @Test("a damaged record fails the session, and the peer is told")
  func damagedRecord() throws {
    let pki = try TestPKI()
    let (client, server) = try connect(pki.client(), pki.server())
    try client.send([1, 2, 3])
    var ciphertext = client.take()
    ciphertext[ciphertext.count - 1] ^= 1
    server.give(ciphertext)
    let error = TLSError.protocolViolation(reason: "decryption failed or bad record mac")
    #expect(server.error == error)
    #expect(server.session.state == .failed(error))
    client.give(server.take())
    #expect(client.error == .alertReceived(TLSAlert(rawValue: 20)))
    #expect(client.error?.description == "peer sent alert: bad record mac")
  }

  @Test("a peer that speaks HTTP in the clear is recognised")
  func plaintextPeer() throws {
    let server = try SessionEndpoint(TestPKI().server())
    server.give([UInt8]("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
    #expect(server.error == .protocolViolation(reason: "http request"))
  }

  @Test("ciphertext that the peer does not fetch is limited")
  func outputLimit() throws {
    let pki = try TestPKI()
    let (client, _) = try connect(pki.client(), pki.server())
    let limit = TLSError.outputOverflow(limit: TLSSession.outputLimit)
    #expect(throws: limit) {
      try client.send([UInt8](repeating: 0, count: TLSSession.outputLimit))
    }
    #expect(client.session.state == .failed(limit))
    #expect(client.session.pendingCiphertext <= TLSSession.outputLimit)
  }

  @Test("ciphertext that we do not read is limited")
  func inputLimit() throws {
    let server = try SessionEndpoint(TestPKI().server())
    let limit = TLSError.inputOverflow(limit: TLSSession.inputLimit)
    let bytes = [UInt8](repeating: 0, count: TLSSession.inputLimit + 1)
    #expect(throws: limit) {
      try bytes.span.bytes.withUnsafeBytes { (bytes) throws(TLSError) in
        try server.session.feed(bytes)
      }
    }
  }
}
