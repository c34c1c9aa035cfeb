import MeshIO
import Synchronization
import Testing

@testable import MeshTransport

@Suite("An HTTP/1.1 listener", .timeLimit(.minutes(1)))
struct HTTP1Tests {
  private static let heads: [(String, HTTP1Head)] = [
    ("", .incomplete), ("GET / HTTP/1.1\r\n", .incomplete),
    ("GET / HTTP/1.1\r\n\r\n", .request(path: "/", isHead: false)),
    ("GET /metrics?x=1 HTTP/1.0\r\nhost: a\r\n\r\n", .request(path: "/metrics", isHead: false)),
    ("HEAD /m HTTP/1.1\r\n\r\nmore", .request(path: "/m", isHead: true)),
    ("POST / HTTP/1.1\r\n\r\n", .refused(405)), ("GET / HTTP/2.0\r\n\r\n", .refused(505)),
    ("GET  / HTTP/1.1\r\n\r\n", .refused(400)), ("GET x HTTP/1.1\r\n\r\n", .refused(400)),
    ("GET /\u{1} HTTP/1.1\r\n\r\n", .refused(400)), ("\r\n\r\n", .refused(400)),
    ("GET / HTTP/1.1\n\n" + String(repeating: "x", count: 200), .refused(431)),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refused(400)),
  ]

  @Test("reads a request's head, or says what is wrong with it", arguments: heads)
  func head(_ text: String, _ expected: HTTP1Head) {
    #expect(HTTP1Head(Array(text.utf8), limit: 100) == expected)
  }

  /// Sends `request` in two pieces and answers all that comes back.
  private func ask(_ address: SocketAddress, _ request: String, on loop: EventLoop) async throws
    -> String
  {
    let socket = try await Connector.connect(to: address, timeout: .seconds(5), on: loop)
    var answer: [UInt8] = []
    let bytes = Array(request.utf8)
    for piece in [bytes.prefix(7), bytes.dropFirst(7)] where !piece.isEmpty {
      _ = try piece.withUnsafeBytes { try socket.write($0) }
      try await loop.sleep(for: .milliseconds(1))
    }
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let result = try buffer.withUnsafeMutableBytes { bytes in try socket.read(into: bytes) }
      switch result {
      case .bytes(let count): answer += buffer[..<count]
      case .endOfStream: return String(decoding: answer, as: UTF8.self)
      case .wouldBlock: try await loop.sleep(for: .milliseconds(1))
      }
    }
  }

  private func withListener(
    _ config: HTTP1Listener.Config = HTTP1Listener.Config(),
    _ handler: @escaping HTTP1Listener.Handler,
    _ body: (SocketAddress, EventLoop) async throws -> Void
  ) async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    let listener = HTTP1Listener(on: group.loops[0], config: config, handler: handler)
    let address = try await listener.listen([.loopback(port: 0)])[0]
    try await body(address, group.loops[0])
    await listener.close()
    await group.stop()
  }

  @Test("answers one request and closes, also when the answer is larger than a socket's buffer")
  func answers() async throws {
    let large = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
    try await withListener { path in
      PlainResponse(
        status: 200, headers: [("content-type", "text/plain")],
        body: path == "/large" ? large : Array("you asked for \(path)\n".utf8))
    } _: { address, loop in
      let small = try await ask(address, "GET /a HTTP/1.1\r\nhost: x\r\n\r\n", on: loop)
      #expect(
        small == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 17\r\n"
          + "connection: close\r\n\r\nyou asked for /a\n")
      let head = try await ask(address, "HEAD /a HTTP/1.1\r\n\r\n", on: loop)
      #expect(head.hasSuffix("content-length: 17\r\nconnection: close\r\n\r\n"))
      let big = try await ask(address, "GET /large HTTP/1.1\r\n\r\n", on: loop)
      #expect(big.utf8.count > large.count)
      let post = try await ask(address, "POST / HTTP/1.1\r\n\r\n", on: loop)
      #expect(post.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\nallow: GET, HEAD\r\n"))
    }
  }

  @Test("closes on who says nothing, and takes no more connections than it may")
  func limits() async throws {
    var config = HTTP1Listener.Config()
    config.connections = 1
    config.timeout = .milliseconds(200)
    try await withListener(config) { _ in
      PlainResponse(status: 200, headers: [], body: [])
    } _: { address, loop in
      let silent = try await Connector.connect(to: address, timeout: .seconds(5), on: loop)
      // The first has its place, so the second is closed without an answer.
      let refused = try await ask(address, "", on: loop)
      #expect(refused == "")
      var byte: [UInt8] = [0]
      while try byte.withUnsafeMutableBytes({ try silent.read(into: $0) }) == .wouldBlock {
        try await loop.sleep(for: .milliseconds(5))
      }
      // Its place is free again; on a busy machine an exchange may run out of its time.
      while true {
        let answered = try? await ask(address, "GET / HTTP/1.1\r\n\r\n", on: loop)
        if answered?.hasPrefix("HTTP/1.1 200 OK") == true { break }
      }
    }
  }
}
