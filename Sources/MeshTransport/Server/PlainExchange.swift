import MeshHTTP2
import MeshIO
import MeshRPC
import MeshText

/// A plain HTTP request that is being received and answered.
///
/// Thread: the loop's.
final class PlainExchange: HTTP2StreamDelegate, @unchecked Sendable {
  private let id: StreamID
  private let plain: PlainHandler
  /// Nil once the stream has closed.
  private var connection: ServerConnection?
  private var method = ""
  private var path = ""
  private var fields = Metadata()
  private var body: [UInt8] = []
  private var isAnswered = false
  private var task: Task<Void, Never>?
  /// Ends the wait for the body.
  private var timer: TimerHandle?

  init(
    _ id: StreamID, _ headers: FieldList, connection: ServerConnection,
    plain: @escaping PlainHandler
  ) {
    self.id = id
    self.connection = connection
    self.plain = plain
    headers.forEach { name, value, neverIndexed in
      if name.equals(":method") {
        method = String(decoding: value, as: UTF8.self)
      } else if name.equals(":path") {
        path = String(decoding: value, as: UTF8.self)
      } else if name[0] != UInt8(ascii: ":"), !name.equals("content-length") {
        fields.add(name, value, neverIndexed: neverIndexed)
      }
    }
    timer = connection.loop.schedule(after: connection.side.config.requestStall) { [weak self] in
      self?.refuse(408)
    }
  }

  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {}

  func headerListTooLarge() { connection?.session.reset(id, .enhanceYourCalm) }

  func data(_ bytes: UnsafeRawBufferPointer) {
    guard let connection else { return }
    connection.session.consume(id, bytes.count)
    guard !isAnswered else { return }
    body.append(contentsOf: bytes)
    let hasRoom = connection.countUnfinished(bytes.count)
    if !hasRoom || body.count > connection.side.config.bodyLimit { refuse(413) }
  }

  func endOfStream() {
    guard let connection, !isAnswered else { return }
    timer?.cancel()
    connection.countUnfinished(-body.count)
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
    timer?.cancel()
    connection.countUnfinished(-body.count)
    task?.cancel()
    connection.exchangeEnded(answered: isAnswered && code == .noError)
  }

  /// Answers a request whose body cannot be had.
  private func refuse(_ status: Int) {
    connection?.countUnfinished(-body.count)
    body = []
    timer?.cancel()
    respond(PlainResponse(status: status, headers: [], body: []))
  }

  /// Sends the answer, unless the stream has closed.
  private func respond(_ response: PlainResponse) {
    guard let connection, !isAnswered else { return }
    isAnswered = true
    var block: FieldList = [":status": String(response.status)]
    for (name, value) in response.headers { block.append(name, value) }
    block.append("content-length", String(response.body.count))
    do throws(HTTP2Error) {
      try connection.session.submitUnary(
        id, block, body: response.body, trailers: FieldList())
    } catch {
      connection.session.reset(id, .enhanceYourCalm)
    }
    connection.scheduleFlush()
  }
}
