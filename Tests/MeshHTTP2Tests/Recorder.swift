import MeshHTTP2

/// What a session told its delegate.
enum Event: Equatable {
  case headers(StreamID, HeaderBlock, HeaderKind, endStream: Bool)
  case headerListTooLarge(StreamID, HeaderKind, endStream: Bool)
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

  func block(_ kind: HeaderKind, of stream: StreamID) -> HeaderBlock? {
    for case .headers(stream, let block, kind, _) in events { return block }
    return nil
  }

  func headers(_ stream: StreamID, _ block: HeaderBlock, kind: HeaderKind, endStream: Bool) {
    add(.headers(stream, block, kind, endStream: endStream))
  }
  func headerListTooLarge(_ stream: StreamID, kind: HeaderKind, endStream: Bool) {
    add(.headerListTooLarge(stream, kind, endStream: endStream))
  }
  func data(_ stream: StreamID, _ bytes: UnsafeRawBufferPointer) {
    add(.data(stream, [UInt8](bytes)))
  }
  func endOfStream(_ stream: StreamID) { add(.endOfStream(stream)) }
  func closed(_ stream: StreamID, _ code: HTTP2ErrorCode) { add(.closed(stream, code)) }
  func drained(_ stream: StreamID, buffered: Int) { add(.drained(stream, buffered)) }
  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    add(.goAwayReceived(lastStream, code, String(decoding: debug, as: UTF8.self)))
  }
  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    add(.goAwaySent(lastStream, code, String(decoding: debug, as: UTF8.self)))
  }
  func settingsReceived() { add(.settings) }
  func pingReceived(_ opaque: UInt64) { add(.ping(opaque)) }
  func pingAcknowledged(_ opaque: UInt64) { add(.pingAcknowledged(opaque)) }

  private func add(_ event: Event) {
    events.append(event)
    onEvent?(event)
  }
}

extension StreamID: ExpressibleByIntegerLiteral {
  /// Names a stream by its number, in tests.
  package init(integerLiteral value: Int32) { self.init(rawValue: value) }
}
