import CNghttp2

/// One HTTP/2 connection without its socket (RFC 9113): bytes in, events out, bytes out.
///
/// The owner feeds what the peer sent, hears of it through its delegate, submits answers, and
/// drains what is to be sent, once per turn of its loop. Nothing is sent, and no time passes, by
/// itself: time-outs are the owner's. A session belongs to one thread, though any may let go of it
/// last; it is not `Sendable`.
///
/// When `feed` or `drain` throws, or `isFinished` says so: send what `drain` still gives, close,
/// and call `connectionLost`, so that the delegate hears of the end of every stream.
package final class HTTP2Session {
  /// Which end of the connection this is.
  package enum Role: Sendable {
    /// Answers requests.
    case server
    /// Makes requests.
    case client
  }

  /// Which end of the connection this is.
  package let role: Role
  /// What the connection may cost.
  package let limits: HTTP2Limits
  /// Hears of everything; set before the first `feed`.
  ///
  /// Unsafe and not retained, because it is the owner of the session: it outlives every call into
  /// it.
  package unowned(unsafe) var delegate: (any HTTP2SessionDelegate)?

  /// The library's session; ours alone until `deinit`.
  let library: OpaquePointer
  /// Where the library's session lies.
  private let memory: SessionMemory

  // Unchecked, because the checks at run time cost a tenth of a call: one thread owns a session,
  // and none of these is changed by code that calls out before it has finished.
  @exclusivity(unchecked) var streams = StreamTable()
  @exclusivity(unchecked) var incoming: IncomingHeaders
  @exclusivity(unchecked) var fields = FieldScratch()
  @exclusivity(unchecked) var guards: FloodGuards
  @exclusivity(unchecked) var idWatch = StreamIDWatch()

  /// The caller's output while `drain` runs.
  @exclusivity(unchecked) var sink = HTTP2Output()
  /// The size at which `drain` stops filling `sink`.
  var sinkLimit = 0
  /// The stream whose header block has begun and has not ended; 0 is none.
  var headerBlockStream: Int32 = 0
  /// The largest initial window that the SETTINGS being read may set, in bytes.
  var largestInitialWindow = UInt32.max
  /// DATA frames that we have written: a stalled peer is one for which this stands still.
  package internal(set) var dataFramesSent: UInt64 = 0
  /// DATA queued on all streams, in bytes.
  package internal(set) var bufferedBytes = 0

  /// Whether a GOAWAY was sent or has come.
  var isEnding = false
  /// Why the session is dead, once it is.
  var failure: HTTP2Error?
  /// A last GOAWAY that the dead library cannot send any more.
  private var lastWords: [UInt8] = []
  /// The library does not allow calls from within its own calls.
  private(set) var isInLibrary = false

  /// Starts a connection: the client's preface, our SETTINGS and our windows wait to be drained.
  ///
  /// - Parameters:
  ///   - role: which end this is.
  ///   - limits: what the connection may cost.
  ///   - memory: what the sessions of this thread share; nil shares nothing.
  ///   - clock: nanoseconds that only grow; read when a flood is suspected.
  package init(
    role: Role, limits: HTTP2Limits, memory: SessionMemory? = nil,
    clock: @escaping () -> UInt64 = { cnghttp2_monotonic_nanoseconds() }
  ) {
    self.role = role
    self.limits = limits
    self.incoming = IncomingHeaders(limit: limits.headerListBytes)
    self.guards = FloodGuards(role: role, limits: limits, clock: clock)
    self.memory = memory ?? SessionMemory()
    self.library = Library.makeSession(role: role, limits: limits, memory: self.memory)
    nghttp2_session_set_user_data(library, Unmanaged.passUnretained(self).toOpaque())
    Library.submitPreface(library, role: role, limits: limits)
  }

  deinit {
    memory.end(library)
  }

  /// Takes bytes from the peer and calls the delegate for what they mean.
  ///
  /// - Throws: the peer's fault or the library's; the session is dead then.
  package func feed(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
    if let failure { throw failure }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let taken = inLibrary { nghttp2_session_mem_recv(library, start, bytes.count) }
    if taken < 0 { throw fail(code: taken) }
  }

  /// Appends frames to `output` until there are no more or `limit` bytes are appended; the last
  /// frame may pass the limit by its own size.
  ///
  /// - Returns: whether more is ready to be drained.
  /// - Throws: `library`; the session is dead then.
  package func drain(into output: inout HTTP2Output, limit: Int) throws(HTTP2Error) -> Bool {
    guard failure == nil else {
      output.append { $0.append(contentsOf: lastWords) }
      lastWords = []
      return false
    }
    swap(&sink, &output)
    defer { swap(&sink, &output) }
    sinkLimit = sink.count + min(limit, .max - sink.count)
    while sink.count < sinkLimit {
      var frame: UnsafePointer<UInt8>?
      let count = inLibrary { nghttp2_session_mem_send(library, &frame) }
      if count < 0 { throw fail(code: count) }
      if count == 0 { break }
      sink.append(UnsafeBufferPointer(start: frame, count: count))
    }
    return sink.count >= sinkLimit && wantsWrite
  }

  /// Appends frames to an array, in one piece; otherwise as `drain` into an `HTTP2Output`.
  ///
  /// - Returns: whether more is ready to be drained.
  /// - Throws: `library`; the session is dead then.
  package func drain(into output: inout [UInt8], limit: Int) throws(HTTP2Error) -> Bool {
    var bytes: [UInt8] = []
    swap(&bytes, &output)
    var packing = HTTP2Output(packing: bytes)
    bytes = []
    defer { output = packing.takePacked() }
    return try drain(into: &packing, limit: limit)
  }

  /// Whether `drain` may have something; DATA that waits for the peer's window does not count.
  package var wantsWrite: Bool {
    failure == nil ? nghttp2_session_want_write(library) != 0 : !lastWords.isEmpty
  }

  /// Whether the peer may still say something that matters.
  package var wantsRead: Bool {
    failure == nil && nghttp2_session_want_read(library) != 0
  }

  /// Whether nothing is left to say on either side: close the connection.
  ///
  /// Cheap while the connection is well: it ends with a GOAWAY or a failure.
  package var isFinished: Bool {
    (isEnding || failure != nil) && !wantsRead && !wantsWrite
  }

  /// The stream whose header block has begun and is not complete: nothing else may be said on the
  /// connection until it is (RFC 9113 §4.3), so the owner limits the time.
  package var openHeaderBlock: StreamID? {
    headerBlockStream == 0 ? nil : StreamID(rawValue: headerBlockStream)
  }

  /// How many streams are open or queued.
  package var openStreams: Int { streams.count }

  private func inLibrary(_ call: () -> Int) -> Int {
    precondition(!isInLibrary, "feed and drain are not for delegates to call")
    isInLibrary = true
    defer { isInLibrary = false }
    return call()
  }

  /// Buries the session: remembers why, and says the last GOAWAY by hand, because after a fatal
  /// error the library is good for nothing but being freed.
  private func fail(code: Int) -> HTTP2Error {
    let error = failure ?? Library.error(for: code)
    failure = error
    lastWords = GoAwayFrame.bytes(
      lastStream: nghttp2_session_get_last_proc_stream_id(library), code: error.goAwayCode,
      debug: error.goAwayDebug)
    return error
  }
}
