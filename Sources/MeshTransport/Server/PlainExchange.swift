import MeshHTTP2
import MeshRPC

/// A plain HTTP request that is being received and answered.
///
/// Thread: the loop's.
final class PlainExchange: HTTP2StreamDelegate, @unchecked Sendable {
  private let id: StreamID
  private let plain: PlainHandler
  private let bodyLimit: Int
  /// Nil once the stream has closed.
  private var connection: ServerConnection?
  private var method = ""
  private var path = ""
  private var fields = Metadata()
  private var body: [UInt8] = []
  private var isAnswered = false
  private var task: Task<Void, Never>?

  init(
    _ id: StreamID, _ headers: borrowing IncomingHeaders, connection: ServerConnection,
    plain: @escaping PlainHandler, bodyLimit: Int
  ) {
    self.id = id
    self.connection = connection
    self.plain = plain
    self.bodyLimit = bodyLimit
    headers.forEach { name, value in
      if name.equals(":method") {
        method = String(decoding: value, as: UTF8.self)
      } else if name.equals(":path") {
        path = String(decoding: value, as: UTF8.self)
      } else if name[0] != UInt8(ascii: ":"), !name.equals("content-length") {
        GRPCHeaders.add(name, value, to: &fields)
      }
    }
  }

  func headers(_ headers: borrowing IncomingHeaders, kind: HeaderKind, endStream: Bool) {}

  func headerListTooLarge() { connection?.session.reset(id, .enhanceYourCalm) }

  func data(_ bytes: UnsafeRawBufferPointer) {
    guard let connection, !isAnswered else { return }
    connection.session.consume(id, bytes.count)
    guard body.count + bytes.count <= bodyLimit else {
      body = []
      return respond(PlainResponse(status: 413, headers: [], body: []))
    }
    body.append(contentsOf: bytes)
  }

  func endOfStream() {
    guard let connection, !isAnswered else { return }
    let request = PlainRequest(
      method: method, path: path, headers: fields, body: body, peer: connection.peer)
    body = []
    task = Task(executorPreference: connection.loop) { [self] in
      respond(await plain(request))
    }
  }

  func drained(buffered: Int) {}

  func closed(_ code: HTTP2ErrorCode) {
    guard let connection else { return }
    self.connection = nil
    task?.cancel()
    connection.exchangeEnded()
  }

  /// Sends the answer, unless the stream has closed.
  private func respond(_ response: PlainResponse) {
    guard let connection, !isAnswered else { return }
    isAnswered = true
    var block: HeaderBlock = [":status": String(response.status)]
    for (name, value) in response.headers { block.append(name, value) }
    block.append("content-length", String(response.body.count))
    do throws(HTTP2Error) {
      try connection.session.submitUnary(
        id, block, body: response.body, trailers: HeaderBlock())
    } catch {
      connection.session.reset(id, .enhanceYourCalm)
    }
    connection.scheduleFlush()
  }
}
