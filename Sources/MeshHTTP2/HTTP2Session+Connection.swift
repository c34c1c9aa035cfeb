import CNghttp2

/// What the owner does with the connection as a whole.
extension HTTP2Session {
  /// Announces that GOAWAY will come, so that requests on their way are still served.
  ///
  /// The first of two steps (RFC 9113 §6.8): ping when `goAwaySent` says that it is out, for pings
  /// overtake it, and call `goAway` when the answer is there. Server only.
  package func shutdownNotice() {
    precondition(role == .server, "clients do not announce a shutdown")
    guard failure == nil else { return }
    nghttp2_submit_shutdown_notice(library)
  }

  /// Refuses streams above `lastStream`; those up to it run to their end.
  ///
  /// - Parameters:
  ///   - lastStream: the last stream that is served; nil is the last one that has come.
  ///   - code: why.
  ///   - debug: text for the peer's log, at most some hundred bytes.
  package func goAway(
    lastStream: StreamID? = nil, code: HTTP2ErrorCode = .noError, debug: String = ""
  ) {
    guard failure == nil else { return }
    let last = lastStream?.rawValue ?? nghttp2_session_get_last_proc_stream_id(library)
    var debug = debug
    let result = debug.withUTF8 { text in
      let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
      return nghttp2_submit_goaway(
        library, flags, last, code.rawValue, text.baseAddress, text.count)
    }
    precondition(result == 0, "GOAWAY names a stream of the peer, and fits in a frame")
  }

  /// Ends the connection as soon as GOAWAY is sent, with all its streams.
  package func terminate(_ code: HTTP2ErrorCode) {
    guard failure == nil else { return }
    nghttp2_session_terminate_session(library, code.rawValue)
  }

  /// Asks the peer for a sign of life; `pingAcknowledged` gives `opaque` back.
  package func ping(_ opaque: UInt64) {
    guard failure == nil else { return }
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    withUnsafeBytes(of: opaque.bigEndian) { bytes in
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      _ = nghttp2_submit_ping(library, flags, start)
    }
  }

  /// Changes the window of one stream, or of the connection.
  ///
  /// - Parameters:
  ///   - stream: the stream; nil is the connection.
  ///   - bytes: the new size, 0 to 2^31-1. A smaller window takes effect as data is consumed.
  package func setLocalWindow(_ stream: StreamID?, bytes: Int) {
    precondition(bytes >= 0 && bytes <= Int(Int32.max), "a window is 0 to 2^31-1 bytes")
    guard failure == nil else { return }
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    nghttp2_session_set_local_window_size(library, flags, stream?.rawValue ?? 0, Int32(bytes))
  }

  /// Tells the delegate that every stream is closed, because the connection is gone: with `code`,
  /// or with `refusedStream` when the request never left.
  ///
  /// The session is good for nothing afterwards. Not for delegates to call: the library would go on
  /// with what it reads, for delegates that may be gone.
  package func connectionLost(_ code: HTTP2ErrorCode) {
    precondition(!isInLibrary, "connectionLost is not for delegates to call")
    if failure == nil { failure = .noNewStreams }
    for record in streams.all() {
      guard !record.pointee.flags.contains(.closed) else { continue }
      record.pointee.flags.insert(.closed)
      bufferedBytes -= record.pointee.outgoing.count
      record.pointee.outgoing.removeAll()
      let neverSent = role == .client && record.pointee.headerFramesQueued > 0
      let hearer = record.pointee.delegate
      record.pointee.delegate = nil
      hearer?.closed(neverSent ? .refusedStream : code)
    }
  }

  /// Whether a request may be submitted: no GOAWAY was sent or received, and ids are left.
  package var takesRequests: Bool {
    failure == nil && nghttp2_session_check_request_allowed(library) != 0
  }

  /// How many streams the peer allows us to have open; requests beyond it wait in the session.
  package var peerConcurrentStreams: Int {
    Int(nghttp2_session_get_remote_settings(library, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
  }

  /// The largest header list that the peer says it takes (RFC 9113 §6.5.2).
  package var peerHeaderListBytes: Int {
    Int(nghttp2_session_get_remote_settings(library, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE))
  }

  /// Bytes of DATA that the peer takes on all streams together before it opens its window again.
  package var sendWindow: Int { Int(nghttp2_session_get_remote_window_size(library)) }

  /// Bytes of DATA that the peer may send on all streams together before we open our window again.
  package var receiveWindow: Int { Int(nghttp2_session_get_local_window_size(library)) }
}
