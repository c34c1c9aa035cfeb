import Testing

@testable import MeshHTTP2

@Suite("HTTP2Output")
struct HTTP2OutputTests {
  private static let long = HTTP2Output.shortestSlice

  /// Adds heads and runs of bodies of many lengths; their bytes.
  private static func fill(_ output: inout HTTP2Output, runs: Int) -> [UInt8] {
    var expected: [UInt8] = []
    for number in 0..<runs {
      let head = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 4)
      head.withUnsafeBufferPointer { output.append($0) }
      let body = (0..<long * 2).map { UInt8(truncatingIfNeeded: $0 ^ number) }
      let run = (number % 3)..<[3, long, 2 * long - 5, long - 1][number % 4]
      output.append(body, run)
      expected += head + body[run]
    }
    return expected
  }

  /// Takes everything, at most `step` bytes of what is shown at a time.
  private static func taken(_ output: inout HTTP2Output, step: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while !output.isEmpty {
      let part = output.withPieces { pieces -> [UInt8] in
        #expect(pieces.count <= HTTP2Output.maxPieces)
        #expect(pieces.allSatisfy { !$0.isEmpty })
        return Array(pieces.joined().prefix(step))
      }
      bytes += part
      output.drop(part.count)
    }
    return bytes
  }

  @Test(
    "gives its bytes in their order, however much is sent at a time",
    arguments: [1000, 4096, 5001, 70_000, Int.max])
  func order(step: Int) {
    var output = HTTP2Output()
    let expected = Self.fill(&output, runs: 150)
    let count = output.count
    let taken = Self.taken(&output, step: step)
    let rest = output.count
    #expect(count == expected.count)
    #expect(taken == expected)
    #expect(rest == 0)
  }

  @Test("is used again after it was emptied")
  func again() {
    var output = HTTP2Output()
    _ = Self.fill(&output, runs: 20)
    output.drop(output.count - 1)
    output.removeAll()
    let isEmpty = output.isEmpty
    #expect(isEmpty)
    output.append([UInt8](repeating: 7, count: Self.long), 0..<Self.long)
    output.append([1, 2, 3], 1..<3)
    let taken = Self.taken(&output, step: 9)
    #expect(taken == [UInt8](repeating: 7, count: Self.long) + [2, 3])
  }

  @Test("refers to long runs of a body and copies short ones")
  func reference() {
    let body = [UInt8](repeating: 0, count: 2 * Self.long)
    var output = HTTP2Output()
    output.append(body, 1..<1 + Self.long)
    output.append(body, 0..<Self.long - 1)
    let (long, short) = output.withPieces { ($0[0].baseAddress, $0[1].baseAddress) }
    body.withUnsafeBytes { bytes in
      #expect(long == bytes.baseAddress.map { $0 + 1 })
      #expect(short != bytes.baseAddress)
    }
  }

  @Test("is in one piece when it was begun so")
  func packing() {
    var output = HTTP2Output(packing: [1, 2])
    let body = [UInt8](repeating: 3, count: 2 * Self.long)
    output.append(body, 0..<body.count)
    let bytes = output.takePacked()
    #expect(bytes == [1, 2] + body)
  }

  @Test("holds, once compacted, at most twice what waits", arguments: [1, 5, 60])
  func compaction(runs: Int) {
    var output = HTTP2Output()
    var expected: [UInt8] = []
    // The last part of messages of a megabyte.
    for number in 0..<runs {
      let body = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 ^ number) }
      let run = body.count - Self.long..<body.count
      output.append(body, run)
      expected += body[run]
    }
    output.drop(1000)
    let heldBefore = output.heldBytes
    output.compact()
    let (held, count) = (output.heldBytes, output.count)
    let taken = Self.taken(&output, step: 3000)
    #expect(heldBefore == runs << 20)
    #expect(held <= 2 * count)
    #expect(taken == Array(expected.dropFirst(1000)))
  }

  @Test("is left alone by compaction where it holds little else than what waits")
  func nothingToCompact() {
    let body = [UInt8](repeating: 1, count: 4 * Self.long)
    var output = HTTP2Output()
    for part in 0..<4 { output.append(body, part * Self.long..<(part + 1) * Self.long) }
    output.drop(Self.long)
    // One body, though three slices are of it.
    let held = output.heldBytes
    let before = output.withPieces { $0[0].baseAddress }
    output.compact()
    let after = output.withPieces { $0[0].baseAddress }
    #expect(held == body.count)
    #expect(after == before)
  }
}

@Suite("The output of a session")
struct SessionOutputTests {
  private static let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  /// A server that answers stream 1 with the body.
  private static func answering() throws -> ScriptedPeer {
    let peer = try ScriptedPeer(against: .server, settings: [(4, 1 << 20)])
    try peer.send(.windowUpdate(0, 1 << 20))
    try peer.request(1)
    try peer.session.submitUnary(1, Pair.response, body: body, trailers: Pair.ok)
    return peer
  }

  private static func bytes(of output: borrowing HTTP2Output) -> [UInt8] {
    output.withPieces { Array($0.joined()) }
  }

  @Test("is the same in slices and in one piece, and a long body is not copied into it")
  func slices() throws {
    let peers = try (Self.answering(), Self.answering())
    var output = HTTP2Output()
    while try peers.0.session.drain(into: &output, limit: 1 << 20) {}
    var packed: [UInt8] = []
    while try peers.1.session.drain(into: &packed, limit: 1 << 20) {}
    let bytes = Self.bytes(of: output)
    #expect(bytes == packed)
    Self.body.withUnsafeBytes { body in
      let own = output.withPieces { pieces in
        pieces.filter { piece in
          guard let start = piece.baseAddress, let first = body.baseAddress else { return false }
          return start >= first && start < first + body.count
        }.reduce(0) { $0 + $1.count }
      }
      #expect(own > body.count - HTTP2Output.shortestSlice)
    }
  }

  @Test("is the same frames for a body in pieces as for one in one piece")
  func pieces() throws {
    let whole = try Self.answering()
    let pieces = try ScriptedPeer(against: .server, settings: [(4, 1 << 20)])
    try pieces.send(.windowUpdate(0, 1 << 20))
    try pieces.request(1)
    try pieces.session.submitUnary(
      1, Pair.response, body: Array(Self.body[..<10]),
      [Array(Self.body[10..<70_000]), Array(Self.body[70_000...])], trailers: Pair.ok)
    var bytes: ([UInt8], [UInt8]) = ([], [])
    while try whole.session.drain(into: &bytes.0, limit: 1 << 20) {}
    while try pieces.session.drain(into: &bytes.1, limit: 1 << 20) {}
    #expect(bytes.0 == bytes.1)
  }

  @Test("keeps whole frames when their stream is reset, and gets no more of it")
  func reset() throws {
    let peer = try Self.answering()
    var output = HTTP2Output()
    let hasMore = try peer.session.drain(into: &output, limit: 50_000)
    #expect(hasMore)
    try peer.send(.reset(1, 8))
    #expect(peer.session.bufferedBytes == 0)
    let frames = RawFrame.parse(Self.bytes(of: output))
    let data = frames.filter { $0.kind == .data }.flatMap(\.payload)
    #expect(data.count >= 49_152)
    #expect(data == Array(Self.body.prefix(data.count)))
    #expect(try peer.receive().allSatisfy { $0.stream != 1 })
  }

  @Test("of a session that is gone still has the bytes that it refers to")
  func lifetime() throws {
    var output = HTTP2Output()
    var expected: [UInt8] = []
    do {
      let peer = try ScriptedPeer(against: .server, settings: [(4, 1 << 20)])
      try peer.send(.windowUpdate(0, 1 << 20))
      try peer.request(1)
      let body = (0..<100_000).map { _ in UInt8.random(in: 0...255) }
      expected = body.map { $0 }
      try peer.session.submitUnary(1, Pair.response, body: body, trailers: Pair.ok)
      while try peer.session.drain(into: &output, limit: 1 << 20) {}
      peer.session.connectionLost(.internalError)
    }
    let frames = RawFrame.parse(Self.bytes(of: output))
    #expect(frames.filter { $0.kind == .data }.flatMap(\.payload) == expected)
  }
}
