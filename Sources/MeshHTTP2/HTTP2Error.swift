import CNghttp2

/// What an `HTTP2Session` throws.
package enum HTTP2Error: Error, Sendable, Equatable {
  // The peer's fault. The session is dead: send what `drain` gives, then close the connection.

  /// The peer's first bytes were not the HTTP/2 preface: it speaks something else.
  case badPreface
  /// The peer sent more of these than its budget allows.
  case flood(HTTP2Flood)
  /// The peer spread one header block over too many CONTINUATION frames.
  case tooManyContinuations
  /// The peer broke a rule of RFC 9113 that only the whole connection can answer for.
  case protocolViolation(HTTP2ErrorCode, reason: String)

  // The world's fault. Nothing was queued; the caller may try again later or elsewhere.

  /// The connection takes no new request: GOAWAY was sent or received, or its stream ids are
  /// used up. Use another connection.
  case noNewStreams
  /// The connection already holds this many bytes that the peer has not taken.
  case outputFull(limit: Int)

  // Our fault.

  /// The library failed with this code of `nghttp2_error`.
  case library(code: Int)
}

/// The frames that cost a peer little and us much, each with a budget of its own.
package enum HTTP2Flood: String, Sendable, Equatable {
  /// RST_STREAM from a client (CVE-2023-44487, "rapid reset").
  case resets = "too_many_resets"
  /// Streams that a client made us reset ("MadeYouReset", CVE-2025-8671).
  case provokedResets = "too_many_provoked_resets"
  /// SETTINGS, each of which wants an acknowledgement.
  case settings = "too_many_settings"
  /// PING, each of which wants an acknowledgement.
  case pings = "too_many_pings"
  /// PRIORITY, which we ignore.
  case priorities = "too_many_priorities"
  /// DATA without a byte of data and without an end.
  case emptyData = "too_many_empty_data_frames"
  /// PING and SETTINGS whose acknowledgements the peer does not read.
  case unreadAcknowledgements = "too_many_unread_acknowledgements"
}

extension HTTP2Error: CustomStringConvertible {
  /// What happened, lower case, without a full stop.
  package var description: String {
    switch self {
    case .badPreface: "the peer speaks another protocol"
    case .flood(let kind): kind.rawValue
    case .tooManyContinuations: "too many CONTINUATION frames"
    case .protocolViolation(let code, let reason): "\(code) \"\(reason)\""
    case .noNewStreams: "the connection takes no new calls"
    case .outputFull(let limit): "more than \(limit) bytes would wait to be sent"
    case .library(let code): String(cString: nghttp2_strerror(Int32(clamping: code)))
    }
  }
}

extension HTTP2Error {
  /// The code that a GOAWAY for this error carries.
  var goAwayCode: HTTP2ErrorCode {
    switch self {
    case .flood, .tooManyContinuations: .enhanceYourCalm
    case .badPreface: .protocolError
    case .protocolViolation(let code, _): code
    case .noNewStreams, .outputFull, .library: .internalError
    }
  }

  /// The debug text that a GOAWAY for this error carries; nothing about us.
  var goAwayDebug: String {
    switch self {
    case .flood(let kind): kind.rawValue
    case .tooManyContinuations: "too_many_continuations"
    case .badPreface: "bad_preface"
    case .protocolViolation(_, let reason): reason
    case .noNewStreams, .outputFull, .library: ""
    }
  }
}
