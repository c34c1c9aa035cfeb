import MeshIO

/// One connection of an HTTP/1 responder: one request, one answer, the end.
///
/// Thread: the loop's.
final class HTTP1Exchange: ReadinessHandler, @unchecked Sendable {
  private let config: HTTP1Listener.Config
  private let handler: HTTP1Listener.Handler
  private let loop: EventLoop
  private let whenEnded: (HTTP1Exchange) -> Void
  private var socket: Socket?
  private var registration: Registration?
  private var timer: TimerHandle?
  private var head: [UInt8] = []
  private var answer: [UInt8] = []
  private var answered = 0
  private var task: Task<Void, Never>?

  init(
    _ socket: consuming Socket, _ config: HTTP1Listener.Config, loop: EventLoop,
    handler: @escaping HTTP1Listener.Handler, whenEnded: @escaping (HTTP1Exchange) -> Void
  ) {
    self.config = config
    self.handler = handler
    self.loop = loop
    self.whenEnded = whenEnded
    self.socket = consume socket
  }

  func start() {
    timer = loop.schedule(after: config.timeout) { [weak self] in self?.end() }
    guard let descriptor = socket?.descriptor else { return }
    do throws(IOError) {
      registration = try loop.register(descriptor, .read, self)
    } catch {
      end()
    }
  }

  func ready(_ readiness: Readiness) {
    do throws(IOError) {
      if readiness.contains(.error) { return end() }
      if answer.isEmpty { try read() } else { try write() }
    } catch {
      end()
    }
  }

  private func read() throws(IOError) {
    // Asked and answered for: what else the peer says, its leaving too, is seen when we write.
    guard task == nil else { return try registration?.modify([]) ?? () }
    let size = config.headLimit
    var result: ReadResult?
    var failure: IOError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(IOError) {
        result = try socket?.read(into: UnsafeMutableRawBufferPointer(buffer))
        if case .bytes(let read) = result { count = read }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    switch result {
    case .bytes: head += bytes
    case .endOfStream, nil: return end()
    case .wouldBlock: return
    }
    switch HTTP1Head(head, limit: size) {
    case .incomplete: return
    case .refused(let status):
      let headers = status == 405 ? [("allow", "GET, HEAD")] : []
      try respond(PlainResponse(status: status, headers: headers, body: []))
    case .request(let path, let isHead):
      try registration?.modify([])
      task = Task(executorPreference: loop) { [self] in
        let response = await handler(path)
        do throws(IOError) {
          try respond(response, withBody: !isHead)
        } catch {
          end()
        }
      }
    }
  }

  /// Sends an answer; without its body it has the head that it would have with it (RFC 9110, 8.6).
  private func respond(_ response: PlainResponse, withBody: Bool = true) throws(IOError) {
    guard socket != nil else { return }
    var text = "HTTP/1.1 \(response.status) \(Self.reason(response.status))\r\n"
    for (name, value) in response.headers { text += "\(name): \(value)\r\n" }
    text += "content-length: \(response.body.count)\r\nconnection: close\r\n\r\n"
    answer = Array(text.utf8)
    if withBody { answer += response.body }
    try write()
  }

  private func write() throws(IOError) {
    while answered < answer.count {
      var result = WriteResult.wouldBlock
      var failure: IOError?
      answer.withUnsafeBytes { bytes in
        do throws(IOError) {
          let rest = UnsafeRawBufferPointer(rebasing: bytes[answered...])
          result = try socket?.write(rest) ?? .wouldBlock
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      switch result {
      case .bytes(let count): answered += count
      case .wouldBlock:
        try registration?.modify(.write)
        return
      }
    }
    end()
  }

  /// Closes the connection, whatever state it is in.
  func end() {
    guard socket != nil else { return }
    timer?.cancel()
    task?.cancel()
    registration?.cancel()
    registration = nil
    socket = nil
    whenEnded(self)
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 431: "Request Header Fields Too Large"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}
