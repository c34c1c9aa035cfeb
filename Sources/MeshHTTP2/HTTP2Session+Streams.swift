import CNghttp2
package import MeshText

/// What the owner does with streams.
///
/// A stream that has closed meanwhile is left alone silently: the peer may reset it at any moment,
/// and the delegate has been told.
extension HTTP2Session {
  /// Opens a stream with a request, which waits while the peer's limit of streams is reached.
  ///
  /// - Parameters:
  ///   - headers: the pseudo-header fields and the others.
  ///   - endStream: whether nothing follows.
  ///   - delegate: hears what happens on the stream.
  /// - Returns: the number of the stream.
  /// - Throws: `noNewStreams`, or the failure of a dead session.
  package func submitRequest(
    _ headers: FieldList, endStream: Bool, delegate: any HTTP2StreamDelegate
  ) throws(HTTP2Error) -> StreamID {
    precondition(role == .client, "requests are the client's")
    if let failure { throw failure }
    guard nghttp2_session_check_request_allowed(library) != 0 else {
      throw .noNewStreams
    }
    let next = nghttp2_session_get_next_stream_id(library)
    guard next <= UInt32(Int32.max) else { throw .noNewStreams }
    let stream = StreamID(rawValue: Int32(next))
    let record = streams.insert(stream)
    record.pointee.ending = endStream ? .endStream : .open
    record.pointee.headers = headers
    record.pointee.headerFramesQueued = 1
    record.pointee.flags = .headersSubmitted
    record.pointee.delegate = delegate
    let nva = fields.point(at: record.pointee.headers)
    var provider = Self.provider(for: record)
    let code = withUnsafePointer(to: &provider) {
      nghttp2_submit_request(
        library, nil, nva.baseAddress, nva.count, endStream ? nil : $0, nil)
    }
    guard code == stream.rawValue else {
      streams.remove(stream)
      throw .library(code: Int(code))
    }
    return stream
  }

  /// Answers a stream with headers; data and an end follow by `send` and `finish`.
  ///
  /// - Parameters:
  ///   - stream: the stream to answer, once.
  ///   - headers: `:status` and the other fields.
  ///   - endStream: whether nothing follows ("Trailers-Only" in gRPC).
  package func submitHeaders(_ stream: StreamID, _ headers: FieldList, endStream: Bool) {
    guard let record = answerable(stream) else { return }
    respond(record, headers, hasBody: !endStream)
    if !endStream { takeTurns(stream) }
  }

  /// Answers a stream in full, headers, body and trailers: the fast path of unary calls.
  ///
  /// - Parameters:
  ///   - stream: the stream to answer, once.
  ///   - headers: `:status` and the other fields.
  ///   - body: the data; the array is adopted, not copied.
  ///   - others: what follows it, adopted likewise.
  ///   - trailers: the fields after the data; when there are none the data ends the stream.
  /// - Throws: `outputFull`; nothing was submitted then.
  package func submitUnary(
    _ stream: StreamID, _ headers: FieldList, body: consuming [UInt8], _ others: [[UInt8]] = [],
    trailers: FieldList
  ) throws(HTTP2Error) {
    guard let record = answerable(stream) else { return }
    let count = try queue(body, others, on: record)
    record.pointee.trailers = trailers
    record.pointee.ending = trailers.isEmpty ? .endStream : .trailers
    respond(record, headers, hasBody: true)
    if count > limits.streamOutputLowBytes { takeTurns(stream) }
  }

  /// Queues data, `chunk` and then `others`; the arrays are adopted, not copied.
  ///
  /// - Returns: false when the stream's queue is above `streamOutputHighBytes`, or all queues
  ///   together above half of `outputBytes`: wait for `drained`.
  /// - Throws: `outputFull`; nothing was queued then.
  @discardableResult
  package func send(
    _ stream: StreamID, _ chunk: consuming [UInt8], _ others: [[UInt8]] = []
  ) throws(HTTP2Error) -> Bool {
    guard let record = sendable(stream) else { return true }
    _ = try queue(chunk, others, on: record)
    resume(record)
    guard
      record.pointee.outgoing.count > limits.streamOutputHighBytes
        || bufferedBytes > limits.outputBytes / 2
    else { return true }
    record.pointee.flags.insert(.owesDrained)
    return false
  }

  /// Ends our side after the queued data.
  ///
  /// - Parameters:
  ///   - stream: a stream whose headers were submitted without an end.
  ///   - trailers: the fields after the data; without any the data ends the stream.
  package func finish(_ stream: StreamID, trailers: FieldList? = nil) {
    guard let record = sendable(stream) else { return }
    if let trailers, !trailers.isEmpty {
      record.pointee.trailers = trailers
      record.pointee.ending = .trailers
    } else {
      record.pointee.ending = .endStream
    }
    resume(record)
  }

  /// Ends a stream at once, in both directions; of the delegate's calls only `closed` follows.
  package func reset(_ stream: StreamID, _ code: HTTP2ErrorCode) {
    guard failure == nil, let record = streams.find(stream), record.pointee.isAudible else {
      return
    }
    record.pointee.flags.insert(.resetByUs)
    submitReset(stream, code)
  }

  /// Gives the peer's window back for `count` bytes that `data` has delivered.
  ///
  /// What is not consumed when the stream closes is given back to the connection by itself.
  package func consume(_ stream: StreamID, _ count: Int) {
    guard failure == nil, count > 0, let record = streams.find(stream) else { return }
    let due = min(count, record.pointee.unconsumed)
    guard due > 0 else { return }
    record.pointee.unconsumed -= due
    nghttp2_session_consume(library, stream.rawValue, due)
  }

  /// The data of a stream that waits to be sent, in bytes; 0 for unknown streams.
  package func bufferedBytes(_ stream: StreamID) -> Int {
    streams.find(stream)?.pointee.outgoing.count ?? 0
  }
}

extension HTTP2Session {
  /// Puts data at the end of a stream's queue, all of it or, when there is no room, none.
  ///
  /// - Returns: how many bytes it is.
  private func queue(
    _ chunk: consuming [UInt8], _ others: [[UInt8]], on record: StreamTable.Record
  ) throws(HTTP2Error) -> Int {
    let count = others.reduce(chunk.count) { $0 + $1.count }
    try checkRoom(for: count)
    bufferedBytes += count
    record.pointee.outgoing.append(chunk)
    for other in others { record.pointee.outgoing.append(other) }
    return count
  }

  private func respond(_ record: StreamTable.Record, _ headers: FieldList, hasBody: Bool) {
    record.pointee.headers = headers
    record.pointee.headerFramesQueued += 1
    record.pointee.flags.insert(.headersSubmitted)
    let nva = fields.point(at: record.pointee.headers)
    var provider = Self.provider(for: record)
    let code = withUnsafePointer(to: &provider) {
      nghttp2_submit_response(
        library, record.pointee.id.rawValue, nva.baseAddress, nva.count, hasBody ? $0 : nil)
    }
    // The only failures left are a wrong id and want of memory.
    precondition(code == 0, "nghttp2_submit_response: \(code)")
  }

  private static func provider(for record: StreamTable.Record) -> nghttp2_data_provider {
    nghttp2_data_provider(
      source: nghttp2_data_source(ptr: UnsafeMutableRawPointer(record)),
      read_callback: LibraryCallbacks.dataProvider)
  }

  /// A stream that waits for its answer.
  private func answerable(_ stream: StreamID) -> StreamTable.Record? {
    precondition(role == .server, "answers are the server's")
    guard failure == nil, let record = streams.find(stream), record.pointee.isAudible else {
      return nil
    }
    precondition(
      !record.pointee.flags.contains(.headersSubmitted), "stream \(stream) is answered already")
    return record
  }

  /// A stream that takes more data.
  private func sendable(_ stream: StreamID) -> StreamTable.Record? {
    guard failure == nil, let record = streams.find(stream), record.pointee.isAudible else {
      return nil
    }
    precondition(
      record.pointee.flags.contains(.headersSubmitted) && record.pointee.ending == .open,
      "stream \(stream) takes no data")
    return record
  }

  /// A message that is alone is taken whatever its size: gRPC limits what is received, not what is
  /// sent, and whoever sends it holds it in memory already.
  private func checkRoom(for count: Int) throws(HTTP2Error) {
    guard bufferedBytes == 0 || bufferedBytes + count <= limits.outputBytes else {
      throw .outputFull(limit: limits.outputBytes)
    }
  }

  private func resume(_ record: StreamTable.Record) {
    guard record.pointee.flags.contains(.deferred) else { return }
    record.pointee.flags.remove(.deferred)
    nghttp2_session_resume_data(library, record.pointee.id.rawValue)
  }

  /// Makes a long answer share the connection with others, frame by frame; without this the first
  /// one to start would be sent to its end (RFC 9218 §4.2).
  private func takeTurns(_ stream: StreamID) {
    var priority = nghttp2_extpri(urgency: UInt32(NGHTTP2_EXTPRI_DEFAULT_URGENCY), inc: 1)
    nghttp2_session_change_extpri_stream_priority(library, stream.rawValue, &priority, 1)
  }
}
