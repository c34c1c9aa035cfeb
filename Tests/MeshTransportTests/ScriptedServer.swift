import MeshHTTP2
import MeshIO
import MeshTLS
import MeshText

@testable import MeshTransport

/// One connection of a server whose every answer a test decides.
///
/// Thread: the loop's.
final class ScriptedConnection: LinkOwner, HTTP2SessionDelegate, @unchecked Sendable {
  enum Event: Equatable {
    /// A request's headers have come on this stream.
    case request(StreamID, path: String)
    /// A request has ended.
    case endOfRequest(StreamID)
    case ping
    case lost
  }

  typealias Script = @Sendable (ScriptedConnection, Event) -> Void

  /// Which connection of its server it is, from 0 on.
  let number: Int
  let session: HTTP2Session
  private let script: Script
  private(set) var link: Link?
  /// The headers of the last request.
  private(set) var headers = FieldList()

  init(_ number: Int, limits: HTTP2Limits, _ script: @escaping Script) {
    self.number = number
    session = HTTP2Session(role: .server, limits: limits)
    self.script = script
    session.delegate = self
  }

  func start(_ socket: consuming Socket, on loop: EventLoop, buffers: LoopBuffers) {
    let link = Link(
      socket, tls: nil, session: session, owner: self, loop: loop, buffers: buffers,
      writeStall: .seconds(30))
    self.link = link
    link.start()
  }

  /// Answers a unary call with an empty message and `OK`.
  func answer(_ stream: StreamID) {
    // The test sees a missing answer.
    try? session.submitUnary(
      stream, GRPCHeaders.response, body: [0, 0, 0, 0, 0], trailers: GRPCHeaders.ok)
    link?.scheduleFlush()
  }

  /// Ends the connection without a word, as soon as what has come is read.
  func hangUp() {
    link?.loop.execute { [self] in link?.end(.closedHere("test")) }
  }

  func request(
    _ id: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? {
    self.headers = headers
    script(self, .request(id, path: headers.first(":path") ?? ""))
    link?.scheduleFlush()
    return ScriptedStream(id, self)
  }

  fileprivate func endOfRequest(_ id: StreamID) {
    script(self, .endOfRequest(id))
    link?.scheduleFlush()
  }

  func pingReceived(_ opaque: UInt64) { script(self, .ping) }
  func linkEnded(_ end: LinkEnd) {
    link = nil
    script(self, .lost)
  }

  func linkOpened(peer: TLSPeer?) {}
  func fed() {}
  func requestTooLarge(_ id: StreamID) {}
  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}
  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}
  func settingsReceived() {}
  func pingAcknowledged(_ opaque: UInt64) {}
}

/// One stream of a scripted connection.
private final class ScriptedStream: HTTP2StreamDelegate {
  private let id: StreamID
  private weak var connection: ScriptedConnection?

  init(_ id: StreamID, _ connection: ScriptedConnection) {
    self.id = id
    self.connection = connection
  }

  func data(_ bytes: UnsafeRawBufferPointer) { connection?.session.consume(id, bytes.count) }
  func endOfStream() { connection?.endOfRequest(id) }
  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {}
  func headerListTooLarge() {}
  func closed(_ code: HTTP2ErrorCode) {}
  func drained(buffered: Int) {}
}

/// The listener of a scripted server and its connections.
///
/// Thread: the loop's, after `init`.
private final class ScriptedFront: @unchecked Sendable {
  private let buffers = LoopBuffers(recordSize: TLSSession.recordSize)
  private var listener: Listener?
  private var connections: [ScriptedConnection] = []

  func listen(
    on loop: EventLoop, limits: HTTP2Limits, _ script: @escaping ScriptedConnection.Script
  ) throws(IOError) -> SocketAddress {
    let listener = try Listener(.loopback(port: 0), on: loop) { [self] socket, _ in
      let connection = ScriptedConnection(connections.count, limits: limits, script)
      connections.append(connection)
      connection.start(socket, on: loop, buffers: buffers)
    }
    self.listener = listener
    return listener.address
  }

  func close() {
    listener?.close()
    listener = nil
    for connection in connections { connection.link?.end(.closedHere("test over")) }
    connections = []
  }
}

/// A server on a loop of its own that does what `script` says, gone when the body ends.
func withScriptedServer<Result>(
  limits: HTTP2Limits = .trusted, _ script: @escaping ScriptedConnection.Script,
  _ body: (SocketAddress, [EventLoop]) async throws -> Result
) async throws -> Result {
  let group = try EventLoopGroup(count: 1, name: "scripted")
  try group.start()
  let front = ScriptedFront()
  let loop = group.loops[0]
  do {
    let address = try await loop.perform { () throws(IOError) in
      try front.listen(on: loop, limits: limits, script)
    }
    let result = try await body(address, group.loops)
    await loop.perform { front.close() }
    await group.stop()
    return result
  } catch {
    await loop.perform { front.close() }
    await group.stop()
    throw error
  }
}
