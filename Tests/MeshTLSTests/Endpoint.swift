@testable import MeshTLS

/// One end of a scripted connection: bytes in, bytes out.
protocol Endpoint: AnyObject {
  func give(_ bytes: [UInt8])
  func take() -> [UInt8]
}

/// A session, everything that it decrypted, and the error that ended it.
final class SessionEndpoint: Endpoint {
  let session: TLSSession
  private(set) var received: [UInt8] = []
  private(set) var error: TLSError?
  private var scratch = [UInt8](repeating: 0, count: TLSSession.recordSize)

  init(
    _ context: TLSContext, serverName: String? = nil, expectedURI: String? = nil
  ) throws(TLSError) {
    session = try TLSSession(
      context: context, serverName: serverName, expectedURI: expectedURI)
  }

  func give(_ bytes: [UInt8]) {
    guard error == nil else { return }
    do {
      try bytes.withUnsafeBytes { bytes in
        try scratch.withUnsafeMutableBytes { scratch in
          try session.receive(bytes, scratch: scratch) { received.append(contentsOf: $0) }
        }
      }
    } catch {
      self.error = error as? TLSError
    }
  }

  func take() -> [UInt8] {
    var bytes: [UInt8] = []
    session.drainCiphertext(into: &bytes)
    return bytes
  }

  func send(_ plaintext: [UInt8]) throws {
    try plaintext.span.bytes.withUnsafeBytes { (bytes) throws(TLSError) in
      try session.writePlaintext(bytes)
    }
  }
}

/// Carries bytes between two ends until neither has anything more to say.
func exchange(_ left: any Endpoint, _ right: any Endpoint) {
  left.give([])
  while true {
    let there = left.take()
    right.give(there)
    let back = right.take()
    left.give(back)
    if there.isEmpty && back.isEmpty { return }
  }
}

/// Makes both ends and runs their handshake; the client expects `localhost`.
func connect(
  _ client: TLSContext, _ server: TLSContext, serverName: String? = "localhost",
  expectedURI: String? = nil
) throws -> (client: SessionEndpoint, server: SessionEndpoint) {
  let client = try SessionEndpoint(client, serverName: serverName, expectedURI: expectedURI)
  let server = try SessionEndpoint(server)
  exchange(client, server)
  return (client, server)
}
