package import MeshText

/// Hears what happens on a connection as a whole.
///
/// All calls come from within `feed` and `drain`, on the thread that called those. The session may
/// be told to send, reset and so on from within a call, but not to `feed` or `drain`, nor that the
/// connection is lost.
package protocol HTTP2SessionDelegate: AnyObject {
  /// A client has opened a stream; servers hear it. `endStream` says early that nothing follows.
  ///
  /// - Returns: who hears of the rest of the stream; nil when nobody wants to, and then its data is
  ///   thrown away.
  func request(
    _ stream: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)?

  /// A client has opened a stream with more headers than `HTTP2Limits.headerListBytes`: answer it,
  /// or reset it.
  func requestTooLarge(_ stream: StreamID)

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

/// Hears what happens on one stream; the session keeps it until `closed`.
///
/// Called as `HTTP2SessionDelegate` is.
package protocol HTTP2StreamDelegate: AnyObject {
  /// A header block has come. `endStream` says early that `endOfStream` follows at once.
  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool)

  /// A header block larger than `HTTP2Limits.headerListBytes` has come and was dropped.
  func headerListTooLarge()

  /// Data has come; `bytes` are valid only during the call. Give the window back by `consume`.
  func data(_ bytes: UnsafeRawBufferPointer)

  /// The peer has ended its side of the stream. Called once, whichever frame said it.
  func endOfStream()

  /// The stream is over and unknown from here on. Called once; `refusedStream` means that the peer
  /// has not seen the request.
  func closed(_ code: HTTP2ErrorCode)

  /// The queue that made `send` return false has fallen to `streamOutputLowBytes`: send again.
  func drained(buffered: Int)
}

/// What a header block is that comes after the first one of a request.
package enum HeaderKind: Sendable, Hashable {
  /// An interim answer, `:status: 1xx`; a final one follows.
  case informational
  /// The start of the answer; clients get these.
  case response
  /// The fields after the data.
  case trailers
}
