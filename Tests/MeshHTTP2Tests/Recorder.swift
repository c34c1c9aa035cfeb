import MeshHTTP2
import MeshText
import Testing

/// What a session told its delegate.
enum Event: Equatable {
  enum Kind: Equatable {
    case request, informational, response, trailers
  }

  case headers(StreamID, FieldList, Kind, endStream: Bool)
  case headerListTooLarge(StreamID)
  case data(StreamID, [UInt8])
  case endOfStream(StreamID)
  case closed(StreamID, HTTP2ErrorCode)
  case drained(StreamID, Int)
  case goAwayReceived(StreamID, HTTP2ErrorCode, String)
  case goAwaySent(StreamID, HTTP2ErrorCode, String)
  case settings
  case ping(UInt64)
  case pingAcknowledged(UInt64)
}

/// Writes down every event, and lets a test act from within one.
final class Recorder: HTTP2SessionDelegate {
  private(set) var events: [Event] = []
  var onEvent: ((Event) -> Void)?

  /// The events since the last call.
  func take() -> [Event] {
    defer { events = [] }
    return events
  }

  /// All data that came for a stream.
  func data(of stream: StreamID) -> [UInt8] {
    events.flatMap { event -> [UInt8] in
      if case .data(stream, let bytes) = event { bytes } else { [] }
    }
  }

  func block(_ kind: Event.Kind, of stream: StreamID) -> FieldList? {
    for case .headers(stream, let block, kind, _) in events { return block }
    return nil
  }

  func request(
    _ stream: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? {
    add(.headers(stream, headers, .request, endStream: endStream))
    return StreamRecorder(stream, self)
  }
  func requestTooLarge(_ stream: StreamID) { add(.headerListTooLarge(stream)) }
  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    add(.goAwayReceived(lastStream, code, String(decoding: debug, as: UTF8.self)))
  }
  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    add(.goAwaySent(lastStream, code, String(decoding: debug, as: UTF8.self)))
  }
  func settingsReceived() { add(.settings) }
  func pingReceived(_ opaque: UInt64) { add(.ping(opaque)) }
  func pingAcknowledged(_ opaque: UInt64) { add(.pingAcknowledged(opaque)) }

  func add(_ event: Event) {
    events.append(event)
    onEvent?(event)
  }
}

/// Writes down what happens on one stream.
final class StreamRecorder: HTTP2StreamDelegate {
  fileprivate(set) var stream: StreamID
  private let recorder: Recorder

  init(_ stream: StreamID, _ recorder: Recorder) {
    self.stream = stream
    self.recorder = recorder
  }

  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {
    let kind: Event.Kind =
      switch kind {
      case .informational: .informational
      case .response: .response
      case .trailers: .trailers
      }
    recorder.add(.headers(stream, headers, kind, endStream: endStream))
  }
  func headerListTooLarge() { recorder.add(.headerListTooLarge(stream)) }
  func data(_ bytes: UnsafeRawBufferPointer) { recorder.add(.data(stream, [UInt8](bytes))) }
  func endOfStream() { recorder.add(.endOfStream(stream)) }
  func closed(_ code: HTTP2ErrorCode) { recorder.add(.closed(stream, code)) }
  func drained(buffered: Int) { recorder.add(.drained(stream, buffered)) }
}

extension HTTP2Session {
  /// Makes a session that a recorder listens to.
  convenience init(
    role: Role, limits: HTTP2Limits, delegate: Recorder,
    clock: @escaping () -> UInt64 = { 0 }
  ) {
    self.init(role: role, limits: limits, clock: clock)
    self.delegate = delegate
  }

  /// Opens a stream whose events the session's recorder writes down.
  func submitRequest(_ headers: FieldList, endStream: Bool) throws -> StreamID {
    let recorder = try #require(delegate as? Recorder)
    let listener = StreamRecorder(0, recorder)
    listener.stream = try submitRequest(headers, endStream: endStream, delegate: listener)
    return listener.stream
  }

  /// Opens a stream with a body, likewise.
  func submitRequest(_ headers: FieldList, body: [UInt8]) throws -> StreamID {
    let stream = try submitRequest(headers, endStream: false)
    try send(stream, body)
    finish(stream)
    return stream
  }
}

extension StreamID: ExpressibleByIntegerLiteral {
  /// Names a stream by its number, in tests.
  package init(integerLiteral value: Int32) { self.init(rawValue: value) }
}
