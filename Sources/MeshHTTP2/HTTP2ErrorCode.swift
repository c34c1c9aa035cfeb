/// Why a stream or a connection ended, as it is on the wire (RFC 9113 §7).
///
/// A peer may send codes that no RFC names, so this is a number with names, not a closed list.
package struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable {
  /// The code as it is on the wire.
  package let rawValue: UInt32

  /// Names the code with this number.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// A graceful end: nothing went wrong.
  package static let noError = HTTP2ErrorCode(rawValue: 0x0)
  /// The peer broke a rule that no other code names.
  package static let protocolError = HTTP2ErrorCode(rawValue: 0x1)
  /// The sender of this code failed.
  package static let internalError = HTTP2ErrorCode(rawValue: 0x2)
  /// More was sent than a window allows.
  package static let flowControlError = HTTP2ErrorCode(rawValue: 0x3)
  /// SETTINGS were not acknowledged in time.
  package static let settingsTimeout = HTTP2ErrorCode(rawValue: 0x4)
  /// A frame came for a stream that was half closed already.
  package static let streamClosed = HTTP2ErrorCode(rawValue: 0x5)
  /// A frame had a wrong size.
  package static let frameSizeError = HTTP2ErrorCode(rawValue: 0x6)
  /// The stream was refused before any work was done: safe to retry.
  package static let refusedStream = HTTP2ErrorCode(rawValue: 0x7)
  /// The stream is not wanted any more.
  package static let cancel = HTTP2ErrorCode(rawValue: 0x8)
  /// The header compression state is lost.
  package static let compressionError = HTTP2ErrorCode(rawValue: 0x9)
  /// A CONNECT tunnel broke.
  package static let connectError = HTTP2ErrorCode(rawValue: 0xa)
  /// The peer makes too much work.
  package static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 0xb)
  /// The transport is not secure enough.
  package static let inadequateSecurity = HTTP2ErrorCode(rawValue: 0xc)
  /// The request needs HTTP/1.1.
  package static let http11Required = HTTP2ErrorCode(rawValue: 0xd)
}

extension HTTP2ErrorCode: CustomStringConvertible {
  private static let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]

  /// The name in RFC 9113 §7, or the number of an unknown code.
  package var description: String {
    rawValue < Self.names.count ? Self.names[Int(rawValue)] : "error code \(rawValue)"
  }
}
