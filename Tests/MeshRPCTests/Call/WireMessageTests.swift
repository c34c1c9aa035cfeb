import Testing

@testable import MeshRPC

@Suite("A wire message")
struct WireMessageTests {
  @Test("has the flag and the length in its head", arguments: [0, 1, 255, 256, 65_536, 70_000])
  func head(count: Int) {
    let message = WireMessage(payload: [UInt8](repeating: 7, count: count))
    let length = message.bytes[1...4].reduce(0) { $0 << 8 | Int($1) }
    #expect(message.bytes[0] == 0)
    #expect(length == count)
    #expect(message.payloadSize == count)
    #expect(message.withPayload { $0.count } == count)
  }

  @Test("says that it is compressed")
  func compressed() {
    #expect(WireMessage(payload: [1], compressed: true).isCompressed)
    #expect(!WireMessage(payload: [1]).isCompressed)
  }

  @Test("in pieces is the same as in one")
  func pieces() {
    let message = WireMessage(reserved: [9, 9, 9, 9, 9, 1], [[2, 3], [4]])
    #expect(message.bytes == [0, 0, 0, 0, 4, 1, 2, 3, 4])
    #expect(message.size == 9)
    #expect(message.payloadSize == 4)
    #expect(message.withPayload { Array($0) } == [1, 2, 3, 4])
    #expect(message == WireMessage(payload: [1, 2, 3, 4]))
    #expect(message != WireMessage(payload: [1, 2, 3, 5]))
    #expect(message != WireMessage(payload: [1, 2, 3]))
  }
}
