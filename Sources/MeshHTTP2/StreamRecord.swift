import MeshText

/// What a session knows of one stream.
struct StreamRecord {
  /// What happens after the queued DATA.
  enum Ending {
    /// More may be queued.
    case open
    /// The last DATA frame carries END_STREAM.
    case endStream
    /// `trailers` follow, with END_STREAM.
    case trailers
  }

  struct Flags: OptionSet {
    let rawValue: UInt16

    /// The request's headers have come; what follows are trailers.
    static let announced = Flags(rawValue: 1 << 0)
    /// The peer has ended its side.
    static let remoteEnded = Flags(rawValue: 1 << 1)
    /// The library waits for `resume`: there was nothing to send.
    static let deferred = Flags(rawValue: 1 << 2)
    /// `send` said that the queue is high; `drained` is owed.
    static let owesDrained = Flags(rawValue: 1 << 3)
    /// We asked for the reset: the delegate hears only of the end, and no budget pays for it.
    static let resetByUs = Flags(rawValue: 1 << 4)
    /// The peer's mistake made us reset the stream: the delegate hears only of the end.
    static let faulted = Flags(rawValue: 1 << 5)
    /// The response or request headers were submitted.
    static let headersSubmitted = Flags(rawValue: 1 << 6)
    /// The final response headers have come; what follows are trailers.
    static let responseReceived = Flags(rawValue: 1 << 7)
    /// The request never left: GOAWAY came first.
    static let neverSent = Flags(rawValue: 1 << 8)
    /// The stream is over; the record stays only until its header frames are out of the queue.
    static let closed = Flags(rawValue: 1 << 9)
    /// The peer has reset the stream.
    static let resetByPeer = Flags(rawValue: 1 << 10)
  }

  let id: StreamID
  var flags: Flags = []
  var ending = Ending.open
  /// HEADERS frames in the library's queue that point into `headers` or `trailers`.
  var headerFramesQueued = 0
  var headers = FieldList()
  var trailers = FieldList()
  var outgoing = OutgoingBytes()
  /// DATA given to the delegate and not yet consumed.
  var unconsumed = 0
  /// Who hears what happens on the stream, until its end.
  var delegate: (any HTTP2StreamDelegate)?

  init(id: StreamID) {
    self.id = id
  }

  /// Who hears of headers and data that come now.
  var audience: (any HTTP2StreamDelegate)? { isAudible ? delegate : nil }

  /// Whether headers and data of this stream still matter.
  var isAudible: Bool {
    flags.isDisjoint(with: [.resetByUs, .faulted, .closed])
  }
}
