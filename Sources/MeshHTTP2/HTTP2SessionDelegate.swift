/// What a header block is.
package enum HeaderKind: Sendable, Hashable {
  /// The start of a request; servers get these.
  case request
  /// An interim answer, `:status: 1xx`; a final one follows.
  case informational
  /// The start of the answer; clients get these.
  case response
  /// The fields after the data.
  case trailers
}

/// Hears what happens on a connection.
///
/// All calls come from within `feed` and `drain`, on the thread that called those. The session may
/// be told to send, reset and so on from within a call, but not to `feed` or `drain`.
package protocol HTTP2SessionDelegate: AnyObject {
  /// A header block has come. `endStream` says early that `endOfStream` follows at once.
  func headers(_ stream: StreamID, _ block: HeaderBlock, kind: HeaderKind, endStream: Bool)

  /// A header block larger than `HTTP2Limits.headerListBytes` has come and was dropped. The stream
  /// is open: answer it, or reset it.
  func headerListTooLarge(_ stream: StreamID, kind: HeaderKind, endStream: Bool)

  /// Data has come; `bytes` are valid only during the call. Give the window back by `consume`.
  func data(_ stream: StreamID, _ bytes: UnsafeRawBufferPointer)

  /// The peer has ended its side of the stream. Called once, whichever frame said it.
  func endOfStream(_ stream: StreamID)

  /// The stream is over and unknown from here on. Called once for every stream the delegate has
  /// heard of or has opened; `refusedStream` means that the peer has not seen the request.
  func closed(_ stream: StreamID, _ code: HTTP2ErrorCode)

  /// The queue that made `send` return false has fallen to `streamOutputLowBytes`: send again.
  func drained(_ stream: StreamID, buffered: Int)

  /// The peer will not answer streams above `lastStream`; those are closed as `refusedStream`.
  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8])

  /// Our GOAWAY is in the output, whether asked for or sent for the peer's mistake.
  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8])

  /// The peer's settings have come and hold; they are acknowledged already.
  func settingsReceived()

  /// The peer pings; it is answered already. For counting too many pings (gRFC A8).
  func pingReceived(_ opaque: UInt64)

  /// The peer has answered our `ping`.
  func pingAcknowledged(_ opaque: UInt64)
}
