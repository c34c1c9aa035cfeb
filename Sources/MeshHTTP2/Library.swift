import CNghttp2

/// How a session of the library is set up, and what its errors mean to us.
enum Library {
  /// A session without user data; `submitPreface` comes next.
  static func makeSession(
    role: HTTP2Session.Role, limits: HTTP2Limits, memory: SessionMemory
  ) -> OpaquePointer {
    memory.prepare()
    let options = makeOptions(limits)
    defer { nghttp2_option_del(options) }
    var session: OpaquePointer?
    // The library copies it.
    var callbacks = memory.callbacks
    let code =
      switch role {
      case .server:
        memory.lendingFrame {
          nghttp2_session_server_new3(&session, LibraryCallbacks.shared, nil, options, &callbacks)
        }
      case .client:
        nghttp2_session_client_new3(&session, LibraryCallbacks.shared, nil, options, &callbacks)
      }
    return allocated(session, code)
  }

  /// Queues our SETTINGS and the connection's window.
  static func submitPreface(
    _ session: OpaquePointer, role: HTTP2Session.Role, limits: HTTP2Limits
  ) {
    var entries = [
      entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindowBytes),
      entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerListBytes),
      entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
    ]
    switch role {
    case .server:
      entries.append(entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreams))
    case .client: entries.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
    }
    let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    var code = nghttp2_submit_settings(session, flags, entries, entries.count)
    precondition(code == 0, "HTTP2Limits that no SETTINGS frame can carry")
    code = nghttp2_session_set_local_window_size(
      session, flags, 0, Int32(limits.connectionWindowBytes))
    precondition(code == 0, "HTTP2Limits.connectionWindowBytes out of range")
  }

  /// What a negative result of the library means.
  static func error(for code: Int) -> HTTP2Error {
    switch nghttp2_error(Int32(code)) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC: .badPreface
    case NGHTTP2_ERR_FLOODED: .flood(.unreadAcknowledgements)
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: .tooManyContinuations
    default: .library(code: code)
    }
  }

  private static func makeOptions(_ limits: HTTP2Limits) -> OpaquePointer {
    var made: OpaquePointer?
    let code = nghttp2_option_new(&made)
    let options = allocated(made, code)
    nghttp2_option_set_no_auto_window_update(options, 1)
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_max_continuations(options, limits.continuations)
    nghttp2_option_set_max_outbound_ack(options, limits.queuedAcknowledgements)
    // Our own budget answers first, and says why; this one only stands behind it.
    nghttp2_option_set_stream_reset_rate_limit(
      options, UInt64(limits.resets.burst) + 1, UInt64(limits.resets.perSecond) + 1)
    // gRPC peers do send values with spaces at their ends, and the library would drop the field.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(options, 1)
    return options
  }

  private static func entry(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
    nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(value))
  }

  /// The library's constructors fail only for want of memory, where Swift itself would stop too.
  static func allocated(_ pointer: OpaquePointer?, _ code: Int32) -> OpaquePointer {
    guard code == 0, let pointer else { preconditionFailure("out of memory") }
    return pointer
  }
}
