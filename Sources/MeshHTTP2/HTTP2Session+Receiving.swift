import CNghttp2
import MeshText

/// What the library calls while the peer's bytes are read.
///
/// Returning `LibraryCallbacks.failure` ends the session with the error left in `failure`.
extension HTTP2Session {
  /// A frame header was read; its payload comes next.
  func frameBegins(_ header: nghttp2_frame_hd) -> Int32 {
    let type = nghttp2_frame_type(UInt32(header.type))
    if type == NGHTTP2_DATA { return LibraryCallbacks.ok }
    if type == NGHTTP2_HEADERS { return judgeHeaders(header.stream_id) }
    // A client opens all streams itself, and servers reset some after every early answer.
    if type == NGHTTP2_RST_STREAM, role == .client { return LibraryCallbacks.ok }
    if type == NGHTTP2_PRIORITY, header.stream_id == 0 {
      // The library ignores PRIORITY as we asked it to, mistakes and all (RFC 9113 §6.3).
      failure = .protocolViolation(.protocolError, reason: "PRIORITY: stream 0")
      return LibraryCallbacks.failure
    }
    let isAcknowledgement = UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0
    if type == NGHTTP2_SETTINGS, !isAcknowledgement { noteLargestWindow() }
    return refuse(
      guards.count(
        arriving: header.type, isAcknowledgement: isAcknowledgement, hasStreams: streams.count > 0))
  }

  /// A header block starts; on a server it may open a stream.
  func headersBegin(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
    incoming.begin()
    headerBlockStream = cnghttp2_frame_stream(frame)
    if cnghttp2_headers_category(frame) == NGHTTP2_HCAT_REQUEST {
      let stream = StreamID(rawValue: cnghttp2_frame_stream(frame))
      idWatch.opened(stream)
      _ = streams.insert(stream)
    }
    return LibraryCallbacks.ok
  }

  /// A piece of a DATA frame has come.
  func dataArrived(_ stream: StreamID, _ bytes: UnsafeRawBufferPointer) -> Int32 {
    guard let record = streams.find(stream), let delegate = record.pointee.audience else {
      nghttp2_session_consume(library, stream.rawValue, bytes.count)
      return LibraryCallbacks.ok
    }
    record.pointee.unconsumed += bytes.count
    delegate.data(bytes)
    return LibraryCallbacks.ok
  }

  /// A whole frame was read and is valid.
  func frameArrived(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
    let flags = UInt32(cnghttp2_frame_flags(frame))
    switch nghttp2_frame_type(UInt32(cnghttp2_frame_type(frame))) {
    case NGHTTP2_DATA:
      if cnghttp2_frame_ends_stream(frame) != 0 {
        remoteEnded(StreamID(rawValue: cnghttp2_frame_stream(frame)))
      } else if cnghttp2_data_length(frame) == 0 {
        return refuse(guards.countEmptyData())
      }
    case NGHTTP2_HEADERS: headersArrived(frame)
    case NGHTTP2_RST_STREAM:
      streams.find(StreamID(rawValue: cnghttp2_frame_stream(frame)))?.pointee.flags
        .insert(.resetByPeer)
    case NGHTTP2_SETTINGS:
      if flags & NGHTTP2_FLAG_ACK.rawValue == 0 { return settingsArrived() }
    case NGHTTP2_PING:
      let opaque = cnghttp2_ping_opaque(frame)
      if flags & NGHTTP2_FLAG_ACK.rawValue == 0 {
        delegate?.pingReceived(opaque)
      } else {
        delegate?.pingAcknowledged(opaque)
      }
    case NGHTTP2_GOAWAY:
      isEnding = true
      let goAway = frame.pointee.goaway
      delegate?.goAwayReceived(
        lastStream: StreamID(rawValue: goAway.last_stream_id),
        code: HTTP2ErrorCode(rawValue: goAway.error_code), debug: debugData(goAway))
    default: break
    }
    return LibraryCallbacks.ok
  }

  /// A stream is over, for whatever reason; the library has forgotten it.
  func streamClosed(_ stream: StreamID, _ code: HTTP2ErrorCode) -> Int32 {
    // The rest of a block that made us reset its stream is read without a word.
    if headerBlockStream == stream.rawValue { headerBlockStream = 0 }
    guard let record = streams.find(stream), !record.pointee.flags.contains(.closed) else {
      return LibraryCallbacks.ok
    }
    let flags = record.pointee.flags
    let unconsumed = record.pointee.unconsumed
    let delegate = record.pointee.delegate
    record.pointee.delegate = nil
    bufferedBytes -= record.pointee.outgoing.count
    record.pointee.outgoing.removeAll()
    record.pointee.flags.insert(.closed)
    if record.pointee.headerFramesQueued == 0 { streams.remove(stream) }
    // What the delegate has not consumed it never will: the connection's window needs it back.
    if unconsumed > 0 { nghttp2_session_consume_connection(library, unconsumed) }
    if role == .server, !flags.isDisjoint(with: [.remoteEnded, .resetByPeer]) {
      idWatch.endedByPeer(stream)
    }
    delegate?.closed(flags.contains(.neverSent) ? .refusedStream : code)
    return LibraryCallbacks.ok
  }

  func debugData(_ goAway: nghttp2_goaway) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: goAway.opaque_data, count: goAway.opaque_data_len))
  }

  /// Ends the session when there is a flood.
  func refuse(_ flood: HTTP2Flood?) -> Int32 {
    guard let flood else { return LibraryCallbacks.ok }
    failure = .flood(flood)
    return LibraryCallbacks.failure
  }

  private func judgeHeaders(_ id: Int32) -> Int32 {
    guard role == .server, streams.find(StreamID(rawValue: id)) == nil else {
      return LibraryCallbacks.ok
    }
    switch idWatch.judge(id) {
    case .late: return LibraryCallbacks.ok
    case .skipped:
      failure = .protocolViolation(.protocolError, reason: "HEADERS: stream id was skipped")
    case .ended:
      failure = .protocolViolation(.streamClosed, reason: "HEADERS: stream has ended")
    }
    return LibraryCallbacks.failure
  }

  /// Notes how far the peer may raise the initial window before a stream's window overflows.
  ///
  /// At the frame's beginning: DATA that leaves before its end makes windows smaller, and the peer,
  /// who has not seen it, still has to keep to the larger ones.
  private func noteLargestWindow() {
    var largest: Int32 = 0
    for record in streams.all() {
      let id = record.pointee.id.rawValue
      largest = max(largest, nghttp2_session_get_stream_remote_window_size(library, id))
    }
    largestInitialWindow = initialWindow + UInt32(Int32.max - largest)
  }

  /// The peer's SETTINGS hold now.
  ///
  /// Of an initial window that overflows a stream's window the library makes an error of that
  /// stream; RFC 9113 §6.9.2 makes it one of the connection.
  private func settingsArrived() -> Int32 {
    guard initialWindow <= largestInitialWindow else {
      failure = .protocolViolation(
        .flowControlError, reason: "SETTINGS: a stream's window overflows")
      return LibraryCallbacks.failure
    }
    delegate?.settingsReceived()
    return LibraryCallbacks.ok
  }

  /// The window for new streams that the peer has set, in bytes.
  private var initialWindow: UInt32 {
    nghttp2_session_get_remote_settings(library, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
  }

  private func headersArrived(_ frame: UnsafePointer<nghttp2_frame>) {
    headerBlockStream = 0
    let stream = StreamID(rawValue: cnghttp2_frame_stream(frame))
    guard let record = streams.find(stream), record.pointee.isAudible else { return }
    guard !incoming.isMalformed else {
      record.pointee.flags.insert(.faulted)
      submitReset(stream, .protocolError)
      return
    }
    let endStream = cnghttp2_frame_ends_stream(frame) != 0
    if role == .server, record.pointee.flags.update(with: .announced) == nil {
      requestArrived(record, endStream: endStream)
    } else if incoming.isTooLarge {
      record.pointee.delegate?.headerListTooLarge()
    } else {
      let kind = kind(on: record)
      record.pointee.delegate?.headers(incoming.fields, kind: kind, endStream: endStream)
    }
    if endStream { remoteEnded(stream) }
  }

  private func requestArrived(_ record: StreamTable.Record, endStream: Bool) {
    let stream = record.pointee.id
    if incoming.isTooLarge {
      delegate?.requestTooLarge(stream)
    } else {
      record.pointee.delegate = delegate?.request(stream, incoming.fields, endStream: endStream)
    }
  }

  private func kind(on record: StreamTable.Record) -> HeaderKind {
    guard role == .client else { return .trailers }
    if incoming.isInformational { return .informational }
    return record.pointee.flags.update(with: .responseReceived) == nil ? .response : .trailers
  }

  private func remoteEnded(_ stream: StreamID) {
    guard let record = streams.find(stream) else { return }
    record.pointee.flags.insert(.remoteEnded)
    record.pointee.audience?.endOfStream()
  }
}
