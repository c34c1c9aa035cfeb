import CNghttp2

/// What the library calls while our frames are written.
extension HTTP2Session {
  /// Says how many bytes the next DATA frame of a stream carries, and what follows it.
  func planData(_ record: StreamTable.Record, _ length: Int, _ flags: inout UInt32) -> Int {
    let waiting = record.pointee.outgoing.count
    let count = min(length, waiting)
    flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    guard count == waiting else { return count }
    switch record.pointee.ending {
    case .open:
      guard count == 0 else { break }
      record.pointee.flags.insert(.deferred)
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    case .endStream:
      flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
    case .trailers:
      flags |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
      record.pointee.headerFramesQueued += 1
      let nva = fields.point(at: record.pointee.trailers)
      let code = nghttp2_submit_trailer(
        library, record.pointee.id.rawValue, nva.baseAddress, nva.count)
      if code != 0 { return Int(LibraryCallbacks.failure) }
    }
    return count
  }

  /// Writes a DATA frame: its head, and its bytes straight from the stream's queue.
  func writeData(
    header: UnsafeBufferPointer<UInt8>, count: Int, _ record: StreamTable.Record
  ) -> Int32 {
    sink.append(header)
    record.pointee.outgoing.move(count, to: &sink)
    bufferedBytes -= count
    dataFramesSent &+= 1
    let buffered = record.pointee.outgoing.count
    if record.pointee.flags.contains(.owesDrained), buffered <= limits.streamOutputLowBytes {
      record.pointee.flags.remove(.owesDrained)
      record.pointee.delegate?.drained(buffered: buffered)
    }
    // One call of the library may write many frames: it goes on in the next `drain`. To put a frame
    // off instead would leave its head in a buffer that sessions share.
    return sink.count < sinkLimit ? LibraryCallbacks.ok : NGHTTP2_ERR_PAUSE.rawValue
  }

  /// A frame is in the output.
  func frameSent(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
    let stream = StreamID(rawValue: cnghttp2_frame_stream(frame))
    switch nghttp2_frame_type(UInt32(cnghttp2_frame_type(frame))) {
    case NGHTTP2_HEADERS:
      headersLeftQueue(stream)
      fallthrough
    case NGHTTP2_DATA:
      guards.didSendContent()
      if cnghttp2_frame_ends_stream(frame) != 0 { localEnded(stream) }
    case NGHTTP2_RST_STREAM:
      return countReset(stream, HTTP2ErrorCode(rawValue: cnghttp2_reset_code(frame)))
    case NGHTTP2_GOAWAY:
      isEnding = true
      let goAway = frame.pointee.goaway
      delegate?.goAwaySent(
        lastStream: StreamID(rawValue: goAway.last_stream_id),
        code: HTTP2ErrorCode(rawValue: goAway.error_code), debug: debugData(goAway))
    default: break
    }
    return LibraryCallbacks.ok
  }

  /// A frame could not be sent: its stream is over, or it is larger than a frame may be.
  func frameDropped(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
    let type = nghttp2_frame_type(UInt32(cnghttp2_frame_type(frame)))
    guard type == NGHTTP2_HEADERS else { return LibraryCallbacks.ok }
    let stream = StreamID(rawValue: cnghttp2_frame_stream(frame))
    if cnghttp2_headers_category(frame) == NGHTTP2_HCAT_REQUEST {
      streams.find(stream)?.pointee.flags.insert(.neverSent)
    } else if let record = streams.find(stream), !record.pointee.flags.contains(.closed) {
      // The peer would wait forever for headers or trailers that we failed to send.
      record.pointee.flags.insert(.resetByUs)
      submitReset(stream, .internalError)
    }
    headersLeftQueue(stream)
    return LibraryCallbacks.ok
  }

  /// Queues RST_STREAM.
  func submitReset(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    nghttp2_submit_rst_stream(library, flags, stream.rawValue, code.rawValue)
  }

  private func headersLeftQueue(_ stream: StreamID) {
    guard let record = streams.find(stream) else { return }
    record.pointee.headerFramesQueued -= 1
    if record.pointee.headerFramesQueued == 0, record.pointee.flags.contains(.closed) {
      streams.remove(stream)
    }
  }

  /// Our side of a stream has ended.
  ///
  /// A server that has answered in full does not want the rest of the request (RFC 9113 §8.1).
  private func localEnded(_ stream: StreamID) {
    guard role == .server, let record = streams.find(stream) else { return }
    if record.pointee.flags.isDisjoint(with: [.remoteEnded, .closed, .resetByUs]) {
      record.pointee.flags.insert(.resetByUs)
      submitReset(stream, .noError)
    }
  }

  private func countReset(_ stream: StreamID, _ code: HTTP2ErrorCode) -> Int32 {
    if code == .noError || role == .client { return LibraryCallbacks.ok }
    if let record = streams.find(stream), record.pointee.flags.contains(.resetByUs) {
      return LibraryCallbacks.ok
    }
    return refuse(guards.countProvokedReset())
  }
}
