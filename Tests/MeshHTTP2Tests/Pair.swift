import MeshHTTP2
import MeshText

/// A client and a server joined by memory.
final class Pair {
  let clientEvents = Recorder()
  let serverEvents = Recorder()
  let client: HTTP2Session
  let server: HTTP2Session

  static let request: FieldList = [
    ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "mesh",
    "te": "trailers", "content-type": "application/grpc",
  ]
  static let response: FieldList = [":status": "200", "content-type": "application/grpc"]
  static let ok: FieldList = ["grpc-status": "0"]

  init(client: HTTP2Limits = HTTP2Limits(), server: HTTP2Limits = HTTP2Limits()) throws {
    self.client = HTTP2Session(role: .client, limits: client, delegate: clientEvents)
    self.server = HTTP2Session(role: .server, limits: server, delegate: serverEvents)
    try pump()
    _ = clientEvents.take()
    _ = serverEvents.take()
  }

  /// Carries bytes both ways until neither side has more.
  func pump() throws {
    while true {
      let sent = try carry(from: client, to: server)
      let answered = try carry(from: server, to: client)
      if !sent, !answered { return }
    }
  }

  @discardableResult
  func carry(from: HTTP2Session, to: HTTP2Session) throws -> Bool {
    var bytes: [UInt8] = []
    while try from.drain(into: &bytes, limit: 1 << 16) {}
    guard !bytes.isEmpty else { return false }
    try bytes.withUnsafeBytes { try to.feed($0) }
    return true
  }
}
