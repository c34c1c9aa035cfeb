import MeshCompression
import MeshHTTP2
import MeshText

@testable import MeshTransport

/// Bytes from the wire: HTTP/2 frames to events, DATA to messages, compressed messages to plain
/// ones, and the head of a request in HTTP/1.
enum FrameTargets {
  static let all = [
    FuzzTarget(name: "server-frames") { run($0, as: .server) },
    FuzzTarget(name: "client-frames") { run($0, as: .client) },
    FuzzTarget(name: "deframer", run: deframe),
    FuzzTarget(name: "inflate", run: inflate),
    FuzzTarget(name: "http1-head", run: http1Head),
  ]

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// The first byte says how many bytes come at once.
  private static func run(_ bytes: [UInt8], as role: HTTP2Session.Role) {
    guard let first = bytes.first else { return }
    let answering = AnsweringDelegate()
    let session = HTTP2Session(role: role, limits: HTTP2Limits())
    session.delegate = answering
    answering.session = session
    var output: [UInt8] = []
    do {
      if role == .server {
        try preface.withUnsafeBytes { try session.feed($0) }
      } else {
        _ = try session.submitRequest(
          AnsweringDelegate.request, endStream: false, delegate: AnsweringStream(answering))
      }
      var rest = bytes.dropFirst()
      while !rest.isEmpty {
        let chunk = Array(rest.prefix(max(1, Int(first))))
        rest = rest.dropFirst(chunk.count)
        try chunk.withUnsafeBytes { try session.feed($0) }
        answering.answer()
        _ = try session.drain(into: &output, limit: 1 << 16)
      }
    } catch {
      require(!session.wantsRead, "a dead session reads nothing more")
    }
    session.connectionLost(.internalError)
    require(session.bufferedBytes == 0, "a lost connection keeps nothing")
  }

  private static func deframe(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    var deframer = MessageDeframer(limit: 1000)
    var rest = bytes.dropFirst()
    do {
      while !rest.isEmpty {
        let chunk = Array(rest.prefix(max(1, Int(first))))
        rest = rest.dropFirst(chunk.count)
        try chunk.withUnsafeBytes { bytes in
          try deframer.feed(bytes) { message in
            require(message.bytes.count <= 1005, "no message passes the limit")
          }
        }
        require(deframer.partialCount <= 1005, "no part of a message passes the limit")
      }
    } catch {
      // A message that is too large: the stream ends here.
    }
  }
}

/// What comes compressed, and what comes in HTTP/1.
extension FrameTargets {
  /// The first byte chooses the format and how much is unpacked at once.
  private static func inflate(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let format: CompressionFormat = first & 1 == 0 ? .gzip : .zlib
    let limit = 100_000
    let packed = Array(bytes.dropFirst())
    let inflation = Inflation(packed, format, limit: limit, reserving: 5)
    do throws(CompressionError) {
      while try !inflation.run(budget: 1 + Int(first)) {}
      let plain = inflation.take()
      require(plain.count <= limit + 5, "no more comes out than is allowed")
      require(plain.prefix(5).allSatisfy { $0 == 0 }, "the room in front stays empty")
    } catch {
      // Corrupt, or too much.
    }
    let again = Inflation(Deflation.run(packed, format), format, limit: packed.count)
    do throws(CompressionError) {
      while try !again.run(budget: .max) {}
    } catch {
      require(false, "what we packed can be unpacked")
    }
    require(again.take() == packed, "what we packed is unpacked as it was")
  }

  /// A head is told by its first bytes: what follows, whenever it comes, changes nothing.
  private static func http1Head(_ bytes: [UInt8]) {
    let limit = 200
    let whole = HTTP1Head(bytes, limit: limit)
    var count = 0
    while count < bytes.count {
      count += 1 + bytes.count / 64
      let head = HTTP1Head(Array(bytes.prefix(count)), limit: limit)
      require(head == .incomplete || head == whole, "a head is the same however it comes")
    }
    guard case .request(let path, _) = whole else { return }
    require(path.hasPrefix("/") && !path.contains("?"), "a path begins with / and has no query")
  }
}

/// Answers every request as a server does, between two reads.
private final class AnsweringDelegate: HTTP2SessionDelegate {
  static let request: FieldList = [
    ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "mesh",
    "te": "trailers", "content-type": "application/grpc",
  ]
  private static let response: FieldList = [":status": "200", "content-type": "application/grpc"]

  weak var session: HTTP2Session?
  private var due: [StreamID] = []

  /// Ends the requests that are complete and still open.
  func answer() {
    for stream in due {
      session?.submitHeaders(stream, Self.response, endStream: false)
      session?.finish(stream, trailers: ["grpc-status": "0"])
    }
    due = []
  }

  func isComplete(_ stream: StreamID) { if !due.contains(stream) { due.append(stream) } }
  func isGone(_ stream: StreamID) { due.removeAll { $0 == stream } }

  func request(
    _ stream: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? {
    _ = RequestHead(headers)
    if endStream { isComplete(stream) }
    return AnsweringStream(self, stream)
  }
  func requestTooLarge(_ stream: StreamID) {}
  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}
  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}
  func settingsReceived() {}
  func pingReceived(_ opaque: UInt64) {}
  func pingAcknowledged(_ opaque: UInt64) {}
}

/// One stream: a request to answer, or with no id an answer to read.
private final class AnsweringStream: HTTP2StreamDelegate {
  private let connection: AnsweringDelegate
  private let stream: StreamID?

  init(_ connection: AnsweringDelegate, _ stream: StreamID? = nil) {
    self.connection = connection
    self.stream = stream
  }

  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {
    _ = ResponseHead(headers)
    if endStream { endOfStream() }
  }
  func headerListTooLarge() {}
  func data(_ bytes: UnsafeRawBufferPointer) {
    if let stream { connection.session?.consume(stream, bytes.count) }
  }
  func endOfStream() { if let stream { connection.isComplete(stream) } }
  func closed(_ code: HTTP2ErrorCode) { if let stream { connection.isGone(stream) } }
  func drained(buffered: Int) {}
}
