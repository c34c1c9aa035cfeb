import MeshHTTP2
import MeshRPC

/// A plain HTTP request that is being received and answered.
///
/// Thread: the loop's.
final class PlainExchange {
  private let head: RequestHead
  var body: [UInt8] = []
  var task: Task<Void, Never>?

  init(_ head: RequestHead) {
    self.head = head
  }

  /// Asks `plain` for the answer and sends it.
  func answer(
    _ id: StreamID, on connection: ServerConnection, by plain: @escaping PlainHandler, peer: Peer
  ) {
    var headers = head.metadata
    if !head.contentType.isEmpty { headers.add(head.contentType, for: "content-type") }
    let request = PlainRequest(
      method: head.method, path: head.path, headers: headers, body: body, peer: peer)
    body = []
    task = Task(executorPreference: connection.loop) { [weak connection] in
      let response = await plain(request)
      connection?.respond(id, response)
    }
  }
}

extension ServerConnection {
  /// Sends the answer to a plain request, unless its stream has closed.
  func respond(_ id: StreamID, _ response: PlainResponse) {
    var block: HeaderBlock = [":status": String(response.status)]
    for (name, value) in response.headers { block.append(name, value) }
    block.append("content-length", String(response.body.count))
    do throws(HTTP2Error) {
      try session.submitUnary(id, block, body: response.body, trailers: HeaderBlock())
    } catch {
      session.reset(id, .enhanceYourCalm)
    }
    scheduleFlush()
  }
}
