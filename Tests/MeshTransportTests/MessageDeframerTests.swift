import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A message deframer")
struct MessageDeframerTests {
  private func feed(
    _ deframer: inout MessageDeframer, _ bytes: [UInt8]
  ) throws(MessageDeframer.Fault) -> [WireMessage] {
    var messages: [WireMessage] = []
    let result = bytes.withUnsafeBytes { buffer -> Result<Void, MessageDeframer.Fault> in
      do throws(MessageDeframer.Fault) {
        return .success(try deframer.feed(buffer) { messages.append($0) })
      } catch {
        return .failure(error)
      }
    }
    try result.get()
    return messages
  }

  @Test("finds messages wherever frames were cut", arguments: [1, 2, 4, 5, 6, 7, 100])
  func cuts(size: Int) throws {
    let messages = [[], [1], [2, 3, 4]].map { WireMessage(payload: $0) }
    let bytes = messages.flatMap(\.bytes)
    var deframer = MessageDeframer(limit: 3)
    var found: [WireMessage] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      found += try feed(&deframer, Array(bytes[start..<min(start + size, bytes.count)]))
    }
    #expect(found == messages)
    #expect(deframer.partialCount == 0)
  }

  @Test(
    "refuses a message by its head, before any of its payload is there",
    arguments: [
      ([0, 0, 0, 0, 4], .tooLarge(size: 4)),
      ([1, 255, 255, 255, 255], .tooLarge(size: 4_294_967_295)),
      ([2, 0, 0, 0, 1], .unknownFlags(2)), ([129, 0, 0, 0, 0], .unknownFlags(129)),
    ] as [([UInt8], MessageDeframer.Fault)])
  func heads(head: [UInt8], fault: MessageDeframer.Fault) {
    var whole = MessageDeframer(limit: 3)
    #expect(throws: fault) { try feed(&whole, head) }
    var split = MessageDeframer(limit: 3)
    #expect(throws: fault) {
      _ = try feed(&split, Array(head.prefix(4)))
      return try feed(&split, [head[4]])
    }
  }
}
