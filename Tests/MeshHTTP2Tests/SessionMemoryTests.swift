import Glibc
import Testing

@testable import MeshHTTP2

@Suite("SessionMemory")
struct SessionMemoryTests {
  @Test(
    "hands out what was given back, to whom it is large enough", arguments: [1, 24, 25, 100, 480])
  func reuse(size: Int) throws {
    let memory = SessionMemory()
    let block = try #require(memory.allocate(size))
    memory.release(block)
    let kept = memory.keptBytes
    #expect(kept >= size)
    let larger = try #require(memory.allocate(size + 64))
    #expect(larger != block)
    #expect(memory.keptBytes == kept)
    // The block may be a step larger than it was asked to be; `malloc` keeps 8 bytes before it.
    #expect(memory.allocate(kept - 8) == block)
    #expect(memory.keptBytes == 0)
    memory.release(block)
    memory.release(larger)
  }

  @Test("blocks that are in use at the same time do not overlap")
  func disjoint() throws {
    let memory = SessionMemory()
    var blocks: [(start: UnsafeMutableRawPointer, size: Int)] = []
    for round in 0..<3 {
      for size in 1..<600 {
        let block = try #require(memory.allocate(size))
        block.initializeMemory(
          as: UInt8.self, repeating: UInt8(truncatingIfNeeded: size), count: size)
        blocks.append((block, size))
      }
      for (block, size) in blocks {
        let bytes = UnsafeRawBufferPointer(start: block, count: size)
        #expect(bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: size) }, "round \(round)")
      }
      for (block, _) in blocks { memory.release(block) }
      blocks = []
    }
  }

  @Test("keeps no large block, and of small ones no more than a mebibyte")
  func limits() throws {
    let memory = SessionMemory()
    memory.release(memory.allocate(16 << 10))
    memory.release(nil)
    #expect(memory.keptBytes == 0)
    let blocks = (0..<5000).map { _ in memory.allocate(400) }
    for block in blocks { memory.release(block) }
    #expect(memory.keptBytes <= 1 << 20)
    #expect(memory.keptBytes > 1 << 19)
  }

  @Test("servers that pack their frames in one place say what they would say alone")
  func sharedFrame() throws {
    let shared = SessionMemory()
    let together = try Self.answers([shared, shared, shared])
    #expect(try together == Self.answers([SessionMemory(), SessionMemory(), SessionMemory()]))
    #expect(Set(together).count == 3)
    #expect(together.allSatisfy { $0.count > 140_000 })
  }

  /// What servers say that answer with headers too long for one frame, a body and trailers, each
  /// drained a frame at a time, in turn.
  private static func answers(_ memories: [SessionMemory]) throws -> [[UInt8]] {
    var limits = HTTP2Limits()
    limits.streamWindowBytes = 1 << 20
    limits.connectionWindowBytes = 1 << 20
    var delegates: [Recorder] = []
    let servers = try memories.enumerated().map { number, memory in
      // Sessions do not keep their delegates.
      delegates += [Recorder(), Recorder()]
      let client = HTTP2Session(role: .client, limits: limits, delegate: delegates[2 * number])
      _ = try client.submitRequest(Pair.request, endStream: true)
      var request: [UInt8] = []
      while try client.drain(into: &request, limit: 1 << 16) {}
      let server = HTTP2Session(role: .server, limits: limits, memory: memory)
      server.delegate = delegates[2 * number + 1]
      try request.withUnsafeBytes { try server.feed($0) }
      var headers = Pair.response
      // Which Huffman coding cannot make shorter.
      headers.append("long", String(repeating: "\(number)\\|", count: 15_000))
      try server.submitUnary(
        1, headers, body: [UInt8](repeating: UInt8(number), count: 100_000), trailers: Pair.ok)
      return server
    }
    var outputs = servers.map { _ in [UInt8]() }
    var open = Set(servers.indices)
    while !open.isEmpty {
      for number in open.sorted() {
        var part: [UInt8] = []
        if try !servers[number].drain(into: &part, limit: 1) { open.remove(number) }
        outputs[number] += part
      }
    }
    return outputs
  }

  @Test("serves the sessions of a thread, one after the other")
  func sessions() throws {
    let memory = SessionMemory()
    for _ in 0..<3 {
      let session = HTTP2Session(role: .client, limits: HTTP2Limits(), memory: memory)
      var output: [UInt8] = []
      while try session.drain(into: &output, limit: 1 << 16) {}
      #expect(output.starts(with: "PRI * HTTP/2.0".utf8))
    }
    #expect(memory.keptBytes > 0)
  }

  @Test("a session that another thread lets go of is freed by its own thread")
  func foreignThread() throws {
    let memory = SessionMemory()
    let session = HTTP2Session(role: .client, limits: HTTP2Limits(), memory: memory)
    let before = memory.keptBytes
    try Self.releaseElsewhere(Unmanaged.passRetained(consume session))
    #expect(memory.keptBytes == before)
    #expect(memory.strayCount == 1)
    let next = HTTP2Session(role: .server, limits: HTTP2Limits(), memory: memory)
    #expect(memory.strayCount == 0)
    // Its memory frees it when it goes itself, at the end of this test.
    try Self.releaseElsewhere(Unmanaged.passRetained(consume next))
    #expect(memory.strayCount == 1)
  }

  /// Gives up a reference on a thread of its own.
  private static func releaseElsewhere(_ session: Unmanaged<HTTP2Session>) throws {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<HTTP2Session>.fromOpaque(argument).release()
        return nil
      }, session.toOpaque())
    try #require(code == 0)
    pthread_join(thread, nil)
  }
}
