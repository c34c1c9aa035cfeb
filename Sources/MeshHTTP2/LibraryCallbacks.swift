import CNghttp2

/// The table of functions through which the library calls a session.
enum LibraryCallbacks {
  /// The one table, for all sessions.
  ///
  /// Unsafe only in its type: it is never changed after it is made, each session copies it, and it
  /// lives as long as the process.
  nonisolated(unsafe) static let shared: OpaquePointer = make()

  static let ok: Int32 = 0
  static let failure = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue

  private static func make() -> OpaquePointer {
    var made: OpaquePointer?
    let code = nghttp2_session_callbacks_new(&made)
    let callbacks = Library.allocated(made, code)
    setReceiving(callbacks)
    setSending(callbacks)
    return callbacks
  }

  private static func setReceiving(_ callbacks: OpaquePointer) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, user in
      guard let header else { return LibraryCallbacks.failure }
      return withSession(user) { $0.frameBegins(header.pointee) }
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
      guard let frame else { return LibraryCallbacks.failure }
      return withSession(user) { $0.headersBegin(frame) }
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, _, name, nameCount, value, valueCount, flags, user in
      withSession(user) {
        $0.incoming.append(
          UnsafeRawBufferPointer(start: name, count: nameCount),
          UnsafeRawBufferPointer(start: value, count: valueCount),
          neverIndexed: UInt32(flags) & NGHTTP2_NV_FLAG_NO_INDEX.rawValue != 0)
        return LibraryCallbacks.ok
      }
    }
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) {
      _, _, _, _, _, _, _, user in
      withSession(user) {
        $0.incoming.isMalformed = true
        return LibraryCallbacks.ok
      }
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, stream, bytes, count, user in
      withSession(user) {
        $0.dataArrived(
          StreamID(rawValue: stream), UnsafeRawBufferPointer(start: bytes, count: count))
      }
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      guard let frame else { return LibraryCallbacks.failure }
      return withSession(user) { $0.frameArrived(frame) }
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, user in
      withSession(user) {
        $0.streamClosed(StreamID(rawValue: stream), HTTP2ErrorCode(rawValue: code))
      }
    }
  }

  private static func setSending(_ callbacks: OpaquePointer) {
    nghttp2_session_callbacks_set_send_data_callback(callbacks) {
      _, _, header, count, source, user in
      guard let header, let record = source?.pointee.ptr else { return LibraryCallbacks.failure }
      return withSession(user) {
        $0.writeData(
          header: UnsafeBufferPointer(start: header, count: 9), count: count,
          record.assumingMemoryBound(to: StreamRecord.self))
      }
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
      guard let frame else { return LibraryCallbacks.failure }
      return withSession(user) { $0.frameSent(frame) }
    }
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, user in
      guard let frame else { return LibraryCallbacks.failure }
      return withSession(user) { $0.frameDropped(frame) }
    }
  }

  /// What the library asks for the next DATA frame of a stream; `source` points at its record.
  static let dataProvider: nghttp2_data_source_read_callback = {
    _, _, _, length, flags, source, user in
    guard let flags, let record = source?.pointee.ptr, let user else {
      return Int(LibraryCallbacks.failure)
    }
    return Unmanaged<HTTP2Session>.fromOpaque(user)._withUnsafeGuaranteedRef {
      $0.planData(record.assumingMemoryBound(to: StreamRecord.self), length, &flags.pointee)
    }
  }
}

/// Calls a session that the library knows by its user data; the owner of the session is in the
/// middle of `feed` or `drain`, so it is alive and needs no counting of references.
@inline(__always)
private func withSession(
  _ user: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> Int32
) -> Int32 {
  guard let user else { return LibraryCallbacks.failure }
  return Unmanaged<HTTP2Session>.fromOpaque(user)._withUnsafeGuaranteedRef(body)
}
