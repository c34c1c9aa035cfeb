import MeshHTTP2
import MeshText
import Testing

@Suite("Limits")
struct LimitTests {
  @Test("our settings say our limits")
  func announced() throws {
    let recorder = Recorder()
    let session = HTTP2Session(role: .server, limits: HTTP2Limits(), delegate: recorder)
    var bytes: [UInt8] = []
    _ = try session.drain(into: &bytes, limit: 1 << 20)
    let frames = RawFrame.parse(bytes)
    #expect(frames.map(\.kind) == [.settings, .windowUpdate])
    let payload = frames[0].payload
    var settings: [UInt32: UInt32] = [:]
    for start in stride(from: 0, to: payload.count, by: 6) {
      settings[RawFrame.number(payload[start..<start + 2])] =
        RawFrame.number(payload[start + 2..<start + 6])
    }
    #expect(settings == [3: 250, 4: 1 << 20, 6: 16 << 10, 9: 1])
    #expect(frames[1].number == 4 << 20 - 65535)
    withExtendedLifetime(recorder) {}
  }

  @Test("one stream too many ends the connection once the peer knows the limit")
  func concurrentStreams() throws {
    var limits = HTTP2Limits()
    limits.concurrentStreams = 2
    let peer = try ScriptedPeer(against: .server, limits: limits)
    try peer.send(.request(1), .request(3), .request(5))
    #expect(try peer.receive().last?.kind == .goAway)
    #expect(peer.recorder.block(.request, of: 3) != nil)
    #expect(peer.recorder.block(.request, of: 5) == nil)
  }

  @Test("one stream too many is refused before the peer can know the limit")
  func concurrentStreamsEarly() throws {
    var limits = HTTP2Limits()
    limits.concurrentStreams = 1
    let recorder = Recorder()
    let session = HTTP2Session(role: .server, limits: limits, delegate: recorder)
    let bytes =
      ScriptedPeer.preface
      + [RawFrame.settings(), .request(1), .request(3)].flatMap(\.bytes)
    try bytes.withUnsafeBytes { try session.feed($0) }
    var output: [UInt8] = []
    _ = try session.drain(into: &output, limit: 1 << 20)
    #expect(RawFrame.parse(output).last == .reset(3, 7))
    #expect(recorder.block(.request, of: 3) == nil)
  }

  @Test("a client's requests wait for the server's limit of streams")
  func queuedRequests() throws {
    var limits = HTTP2Limits()
    limits.concurrentStreams = 1
    let pair = try Pair(server: limits)
    #expect(pair.client.peerConcurrentStreams == 1)
    let first = try pair.client.submitRequest(Pair.request, body: [1])
    let second = try pair.client.submitRequest(Pair.request, body: [2])
    try pair.pump()
    #expect(pair.serverEvents.block(.request, of: second) == nil)
    try pair.server.submitUnary(first, Pair.response, body: [], trailers: Pair.ok)
    try pair.pump()
    #expect(pair.serverEvents.data(of: second) == [2])
  }

  @Test("a header list over the limit is reported, and the next request is whole")
  func headerList() throws {
    var limits = HTTP2Limits()
    limits.headerListBytes = 1000
    let peer = try ScriptedPeer(against: .server, limits: limits)
    // The large field goes into the compression table: decoding must not stop halfway.
    var block = HeaderCodec.literal(RawFrame.requestFields)
    block += HeaderCodec.indexed("x-large", String(repeating: "v", count: 800))
    block += HeaderCodec.indexed("x-last", "1")
    try peer.send(RawFrame(.headers, flags: 0x5, stream: 1, block))
    #expect(peer.recorder.take() == [.headerListTooLarge(1)])
    let next = HeaderCodec.literal(RawFrame.requestFields) + [HeaderCodec.lastIndexed]
    try peer.send(RawFrame(.headers, flags: 0x5, stream: 3, next))
    #expect(peer.recorder.block(.request, of: 3)?.first("x-last") == "1")
    peer.session.submitHeaders(1, [":status": "431"], endStream: true)
    let frames = try peer.receive()
    #expect(peer.decoder.decode(frames[0].payload) == [":status: 431"])
  }

  @Test("the limit of a header list is exact")
  func headerListExact() throws {
    let fields: FieldList = FieldList(dictionary: RawFrame.requestFields)
    for (room, fits) in [(0, true), (-1, false)] {
      var limits = HTTP2Limits()
      limits.headerListBytes = fields.listBytes + room
      let peer = try ScriptedPeer(against: .server, limits: limits)
      try peer.request(1)
      #expect((peer.recorder.block(.request, of: 1) == fields) == fits)
    }
  }

  @Test("a bomb of table references is decoded and dropped")
  func headerBomb() throws {
    let peer = try ScriptedPeer(against: .server)
    var block = HeaderCodec.literal(RawFrame.requestFields)
    block += HeaderCodec.indexed("x", String(repeating: "v", count: 3900))
    block += [UInt8](repeating: HeaderCodec.lastIndexed, count: 8000)
    try peer.send(RawFrame(.headers, flags: 0x5, stream: 1, block))
    #expect(peer.recorder.take().first == .headerListTooLarge(1))
  }

  @Test("trailers over the limit are reported as trailers")
  func trailersTooLarge() throws {
    var limits = HTTP2Limits()
    limits.headerListBytes = 400
    let peer = try ScriptedPeer(against: .client, limits: limits)
    let stream = try peer.session.submitRequest(Pair.request, endStream: true)
    _ = try peer.receive()
    try peer.send(
      .headers(1, [(":status", "200")]),
      .headers(1, [("grpc-message", String(repeating: "m", count: 500))], endStream: true))
    #expect(
      peer.recorder.take().dropFirst() == [
        .headerListTooLarge(stream), .endOfStream(stream),
        .closed(stream, .noError),
      ])
  }

  @Test("a header block is open from its first byte to its last, or to the end of its stream")
  func openHeaderBlock() throws {
    let peer = try ScriptedPeer(against: .server)
    let block = HeaderCodec.literal(RawFrame.requestFields)
    let last = RawFrame(.continuation, flags: RawFrame.endHeaders, stream: 1, [])
    try peer.send(Array(RawFrame(.headers, flags: 1, stream: 1, block).bytes.dropLast()))
    #expect(peer.session.openHeaderBlock == 1)
    try peer.send([block[block.count - 1]])
    #expect(peer.session.openHeaderBlock == 1)
    try peer.send(last)
    #expect(peer.session.openHeaderBlock == nil)
    // A mistake in the block resets the stream; the rest of the block is read in silence.
    let bad = HeaderCodec.literal(RawFrame.requestFields + [("connection", "close")])
    try peer.send(RawFrame(.headers, flags: 1, stream: 3, bad))
    #expect(try peer.receive().map(\.kind) == [.reset])
    #expect(peer.session.openHeaderBlock == nil)
  }

  @Test("too many CONTINUATION frames end the connection")
  func continuations() throws {
    for (count, fits) in [(8, true), (9, false)] {
      let peer = try ScriptedPeer(against: .server)
      let first = RawFrame(
        .headers, flags: RawFrame.endStream, stream: 1, HeaderCodec.literal(RawFrame.requestFields))
      let more = (1...count).map { index in
        RawFrame(
          .continuation, flags: index == count ? RawFrame.endHeaders : 0, stream: 1,
          HeaderCodec.literal([("x", "y")]))
      }
      let bytes = ([first] + more).flatMap(\.bytes)
      if fits {
        try peer.send(bytes)
        #expect(peer.recorder.block(.request, of: 1)?.count == RawFrame.requestFields.count + 8)
      } else {
        #expect(throws: HTTP2Error.tooManyContinuations) { try peer.send(bytes) }
        #expect(try peer.receive().map(\.kind) == [.goAway])
        #expect(peer.session.isFinished)
      }
    }
  }
}

extension FieldList {
  init(dictionary: [(String, String)]) {
    self.init()
    for (name, value) in dictionary { append(name, value) }
  }
}
