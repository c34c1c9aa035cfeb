import MeshHTTP2
import MeshText

/// One session of a pair, with its output on its way.
final class ExchangeEnd: HTTP2SessionDelegate {
  let session: HTTP2Session
  unowned(unsafe) var peer: ExchangeEnd?
  private(set) var open: [StreamID: ExchangeStream] = [:]
  /// Those that have closed too.
  private(set) var streams: [StreamID: ExchangeStream] = [:]
  private var output = HTTP2Output()
  private var opened = 0

  init(_ role: HTTP2Session.Role, _ memory: SessionMemory) {
    session = HTTP2Session(role: role, limits: Self.limits, memory: memory)
    session.delegate = self
  }

  /// Budgets that nothing uses up; output that soon is full.
  private static let limits: HTTP2Limits = {
    let endless = RateLimit(burst: 1 << 20, perSecond: 1)
    var limits = HTTP2Limits()
    limits.headerListBytes = 1 << 17
    limits.resets = endless
    limits.provokedResets = endless
    limits.settings = endless
    limits.pings = endless
    limits.emptyData = endless
    limits.pingPolicy = PingPolicy(
      minimumInterval: .zero, permitsWithoutStreams: true, strikes: 1 << 20)
    limits.queuedAcknowledgements = 1 << 20
    limits.outputBytes = 1 << 20
    return limits
  }()

  /// One of the open streams.
  func stream(_ number: Int) -> ExchangeStream? {
    open.isEmpty ? nil : open.values.sorted { $0.id < $1.id }[number % open.count]
  }

  /// Opens a stream; with a body its request is complete.
  func open(_ headers: FieldList, bodySize: Int? = nil) {
    let stream = ExchangeStream(self, number: opened)
    opened += 1
    allowed { () throws(HTTP2Error) in
      if let bodySize {
        let body = Pattern.bytes(stream.salt(.client), at: 0, count: bodySize)
        stream.id = try session.submitRequest(headers, body: body, delegate: stream)
        stream.sentInFull(bodySize)
      } else {
        stream.id = try session.submitRequest(headers, endStream: false, delegate: stream)
      }
      stream.headers = headers
      add(stream)
    }
  }

  private func add(_ stream: ExchangeStream) {
    open[stream.id] = stream
    streams[stream.id] = stream
  }

  func closed(_ stream: ExchangeStream) { open[stream.id] = nil }

  func drain(limit: Int) {
    allowed { () throws(HTTP2Error) in _ = try session.drain(into: &output, limit: limit) }
  }

  /// Sends the first bytes of what waits; whether there were any.
  @discardableResult
  func deliver(limit: Int) -> Bool {
    var hasSent = false
    var left = limit
    while left > 0, !output.isEmpty {
      let bytes = output.withPieces { pieces in
        pieces.reduce(into: [UInt8]()) { bytes, piece in
          let part = piece[..<min(piece.count, left - bytes.count)]
          bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
        }
      }
      output.drop(bytes.count)
      left -= bytes.count
      hasSent = true
      allowed { () throws(HTTP2Error) in
        let result = bytes.withUnsafeBytes { bytes in
          Result { () throws(HTTP2Error) in try peer?.session.feed(bytes) }
        }
        try result.get()
      }
    }
    return hasSent
  }

  func compact() {
    let before = output.count
    output.compact()
    require(output.count == before, "compaction loses nothing")
  }

  /// Does what may fail for want of room or because of a GOAWAY, and for nothing else.
  func allowed(_ body: () throws(HTTP2Error) -> Void) {
    do throws(HTTP2Error) {
      try body()
    } catch .outputFull, .noNewStreams {
      // Nothing was done.
    } catch {
      require(false, "honest peers agree")
    }
  }

  func request(
    _ id: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? {
    let asked = peer?.streams[id]
    require(headers == asked?.headers, "headers arrive as they were sent")
    let stream = ExchangeStream(self, number: asked?.number ?? 0)
    stream.id = id
    add(stream)
    return stream
  }

  func requestTooLarge(_ stream: StreamID) { require(false, "the headers have room") }
  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    require(code == .noError, "nobody complains")
  }
  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    require(code == .noError, "nobody has to complain")
  }
  func settingsReceived() {}
  func pingReceived(_ opaque: UInt64) {}
  func pingAcknowledged(_ opaque: UInt64) {}
}

/// One end of one stream: knows what was sent on it and checks what arrives.
final class ExchangeStream: HTTP2StreamDelegate {
  private unowned(unsafe) let end: ExchangeEnd
  /// Its place among those that the client has opened.
  let number: Int
  var id = StreamID(rawValue: 0)
  /// The headers that were sent.
  var headers: FieldList?
  private var trailers: FieldList?
  private var sent = 0
  private var received = 0
  private var unconsumed = 0
  private var isFinished = false
  private var isWaiting = false
  private var isClosed = false

  init(_ end: ExchangeEnd, number: Int) {
    self.end = end
    self.number = number
  }

  /// What the body from one side is called.
  func salt(_ sender: HTTP2Session.Role) -> Int { 2 * number + (sender == .client ? 0 : 1) }

  private var role: HTTP2Session.Role { end.session.role }
  private var other: ExchangeStream? { end.peer?.streams[id] }

  /// Whether the server has not answered yet.
  var needsHeaders: Bool { role == .server && headers == nil && !isClosed }

  func sentInFull(_ size: Int) {
    sent = size
    isFinished = true
  }

  func send(_ size: Int) {
    guard !isFinished else { return }
    end.allowed { () throws(HTTP2Error) in
      let hasRoom = try end.session.send(
        id, Pattern.bytes(salt(role), at: sent, count: size))
      sent += size
      if !hasRoom { isWaiting = true }
    }
  }

  func finish(_ trailers: FieldList) {
    guard !isFinished else { return }
    isFinished = true
    self.trailers = trailers
    end.session.finish(id, trailers: trailers)
  }

  func submit(_ headers: FieldList, endStream: Bool) {
    self.headers = headers
    if endStream { isFinished = true }
    end.session.submitHeaders(id, headers, endStream: endStream)
  }

  func answer(_ headers: FieldList, bodySize: Int, _ trailers: FieldList) {
    end.allowed { () throws(HTTP2Error) in
      let body = Pattern.bytes(salt(.server), at: 0, count: bodySize)
      try end.session.submitUnary(id, headers, body: body, trailers: trailers)
      self.headers = headers
      self.trailers = trailers
      sentInFull(bodySize)
    }
  }

  func reset() {
    isFinished = true
    if headers == nil { headers = FieldList() }
    end.session.reset(id, .cancel)
  }

  func consume(_ limit: Int) {
    let count = min(limit, unconsumed)
    unconsumed -= count
    end.session.consume(id, count)
  }

  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {
    require(!isClosed, "a closed stream is silent")
    switch kind {
    case .response: require(headers == other?.headers, "headers arrive as they were sent")
    case .trailers: require(headers == other?.trailers, "trailers arrive as they were sent")
    case .informational: require(false, "nobody sends an interim answer")
    }
  }
  func headerListTooLarge() { require(false, "the headers have room") }
  func data(_ bytes: UnsafeRawBufferPointer) {
    require(!isClosed, "a closed stream is silent")
    let sender: HTTP2Session.Role = role == .client ? .server : .client
    require(
      Pattern.matches(bytes, salt(sender), at: received), "a body arrives as it was sent")
    received += bytes.count
    unconsumed += bytes.count
  }
  func endOfStream() {
    require(!isClosed, "a closed stream is silent")
    require(other?.isFinished == true && other?.sent == received, "a body arrives in full")
  }
  func closed(_ code: HTTP2ErrorCode) {
    require(!isClosed, "a stream closes once")
    isClosed = true
    end.closed(self)
  }
  func drained(buffered: Int) {
    require(isWaiting && !isClosed, "only who was told to wait is told to go on")
    isWaiting = false
  }
}
