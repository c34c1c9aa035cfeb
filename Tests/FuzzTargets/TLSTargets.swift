import MeshCrypto
import MeshTLS

/// TLS sessions that talk to each other, as the input says.
enum TLSTargets {
  static let all = [FuzzTarget(name: "tls", run: run)]

  private static let contexts: (client: TLSContext, server: TLSContext) = {
    do {
      let validity = CertificateValidity.days(3650, from: 1_700_000_000)
      let authority = try CertificateAuthority(commonName: "fuzz", validity: validity)
      let issued = try authority.issue(
        CertificateRequest(commonName: "peer", dnsNames: ["peer"], validity: validity))
      let identity = TLSIdentity(
        chain: .text(issued.chainPEM), privateKey: .text(issued.privateKeyPEM))
      let trust = TLSTrust.only(.text(authority.certificatePEM))
      return (
        try TLSContext(TLSConfiguration(role: .client(trust: trust, identity: nil))),
        try TLSContext(TLSConfiguration(role: .server(identity: identity, clients: .none)))
      )
    } catch {
      preconditionFailure("no certificates: \(error)")
    }
  }()

  private static func run(_ bytes: [UInt8]) {
    guard let client = try? TLSSession(context: contexts.client, serverName: "peer"),
      let server = try? TLSSession(context: contexts.server)
    else { return require(false, "a session can be made") }
    let ends = [TLSEnd(client, salt: 1), TLSEnd(server, salt: 2)]
    ends[0].peer = ends[1]
    ends[1].peer = ends[0]
    ends[0].advance()
    var script = Script(bytes)
    while let verb = script.next() {
      let end = ends[Int(verb & 1)]
      switch verb >> 1 & 7 {
      case 0, 1: end.write(script.size())
      case 2, 3, 4: end.deliver(script.limit(), lent: verb >> 4 & 1 == 0)
      case 5: for end in ends { end.deliver(.max, lent: true) }
      case 6: end.shutdown()
      default: end.spoil(script.number(), with: UInt8(script.number()))
      }
    }
  }
}

/// One session, with its ciphertext on its way.
private final class TLSEnd {
  unowned(unsafe) var peer: TLSEnd?
  private let session: TLSSession
  private let salt: Int
  private let scratch = UnsafeMutableRawBufferPointer.allocate(
    byteCount: TLSSession.recordSize, alignment: 16)
  private var output: [UInt8] = []
  private var sent = 0
  private var received = 0
  private var isSpoilt = false

  init(_ session: TLSSession, salt: Int) {
    self.session = session
    self.salt = salt
  }

  deinit { scratch.deallocate() }

  func advance() { attempt { _ = try session.advance() } }

  func write(_ size: Int) {
    guard session.state == .open || session.state == .shutdownReceived else { return }
    attempt {
      try Pattern.bytes(salt, at: sent, count: size).withUnsafeBytes {
        try session.writePlaintext($0)
      }
      sent += size
    }
  }

  /// Sends the first bytes of what waits, for the peer to read in place or from its queue.
  func deliver(_ limit: Int, lent: Bool) {
    session.drainCiphertext(into: &output)
    let piece = Array(output.prefix(limit))
    output.removeFirst(piece.count)
    guard let peer, !piece.isEmpty else { return }
    peer.attempt {
      if lent {
        try piece.withUnsafeBytes { try peer.session.receive($0, scratch: peer.scratch, peer.take) }
      } else {
        try piece.withUnsafeBytes { try peer.session.feed($0) }
        while let count = try peer.session.readPlaintext(into: peer.scratch) {
          peer.take(UnsafeRawBufferPointer(rebasing: peer.scratch[..<count]))
        }
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    require(
      Pattern.matches(bytes, peer?.salt ?? 0, at: received), "plaintext arrives as it was sent")
    received += bytes.count
    require(received <= peer?.sent ?? 0, "no plaintext comes from nowhere")
  }

  func shutdown() { session.shutdown() }

  /// Changes a byte on its way: the peer may fail from now on, but never read anything else.
  func spoil(_ place: Int, with byte: UInt8) {
    session.drainCiphertext(into: &output)
    guard place < output.count else { return }
    output[place] ^= byte
    if byte != 0 { isSpoilt = true }
  }

  /// Does what fails only after something was spoilt, or is not read for too long.
  private func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch TLSError.outputOverflow, TLSError.inputOverflow {
      // A limit was kept.
    } catch {
      require(isSpoilt || peer?.isSpoilt == true, "honest peers agree")
      require(session.state != .open, "a session that failed is not open")
    }
    require(session.pendingCiphertext <= TLSSession.outputLimit, "output has a limit")
  }
}
