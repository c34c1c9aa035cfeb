import Synchronization
import Testing

@testable import MeshRPC

@Suite("Inbound messages")
struct InboundMessagesTests {
  @Test("come out in the order in which they went in, then the end")
  func order() async throws {
    let inbound = InboundMessages()
    for value in UInt8(0)..<5 { inbound.deliver(WireMessage(payload: [value])) }
    inbound.end()
    for value in UInt8(0)..<5 {
      #expect(try await inbound.next() == WireMessage(payload: [value]))
    }
    #expect(try await inbound.next() == nil)
    #expect(try await inbound.next() == nil)
  }

  @Test("wake a reader who waits")
  func wakes() async throws {
    let inbound = InboundMessages()
    async let first = inbound.next()
    await Task.yield()
    inbound.deliver(WireMessage(payload: [9]))
    #expect(try await first == WireMessage(payload: [9]))
  }

  @Test("hand out what waits before the failure")
  func failure() async throws {
    let inbound = InboundMessages()
    inbound.deliver(WireMessage(payload: [1]))
    inbound.end(RPCError(.unavailable, "gone"))
    inbound.end()
    #expect(try await inbound.next() != nil)
    await #expect(throws: RPCError(.unavailable, "gone")) { try await inbound.next() }
  }

  @Test("report the size of each message that is taken, not of those that wait")
  func reportsTakes() async throws {
    let source = Source()
    let inbound = InboundMessages()
    inbound.report(to: source)
    inbound.deliver(WireMessage(payload: [1, 2, 3]))
    inbound.deliver(WireMessage(payload: []))
    #expect(source.taken == [])
    _ = try await inbound.next()
    #expect(source.taken == [8])
    inbound.report(to: nil)
    _ = try await inbound.next()
    #expect(source.taken == [8])
  }

  @Test(
    "are let go of when they are taken, though the reader never catches up", arguments: [2, 50])
  func lagging(waiting: Int) async throws {
    let inbound = InboundMessages()
    func message(_ number: Int) -> WireMessage {
      WireMessage(payload: [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)])
    }
    for number in 0..<waiting { inbound.deliver(message(number)) }
    for number in 0..<1000 {
      #expect(try await inbound.next() == message(number))
      inbound.deliver(message(number + waiting))
      #expect(inbound.queueLength.held <= waiting)
      #expect(inbound.queueLength.places <= 2 * waiting + 32)
    }
  }

  @Test("are whole when one message and the end have come")
  func whole() async throws {
    let inbound = InboundMessages()
    #expect(inbound.takeWhole() == nil)
    inbound.deliver(WireMessage(payload: [1]))
    #expect(inbound.takeWhole() == nil)
    inbound.end()
    #expect(inbound.takeWhole() == WireMessage(payload: [1]))
    #expect(try await inbound.next() == nil)
  }

  @Test("are not whole when there are two, and none is lost")
  func twoAreNotWhole() async throws {
    let inbound = InboundMessages()
    inbound.deliver(WireMessage(payload: [1]))
    inbound.deliver(WireMessage(payload: [2]))
    inbound.end()
    #expect(inbound.takeWhole() == nil)
    #expect(try await inbound.next() == WireMessage(payload: [1]))
    #expect(try await inbound.next() == WireMessage(payload: [2]))
    #expect(try await inbound.next() == nil)
  }

  @Test("are one message for a reader of the whole, who waits for it and then for the end")
  func waitsForWhole() async throws {
    let source = Source()
    let inbound = InboundMessages()
    inbound.report(to: source)
    inbound.deliver(WireMessage(payload: [1]))
    async let message = inbound.whole()
    // Taken as soon as the reader is there, so that the window opens for what may follow.
    while source.taken != [6] { await Task.yield() }
    inbound.end()
    #expect(try await message == WireMessage(payload: [1]))
    #expect(source.taken == [6])
  }

  @Test("fail a reader of the whole when there is none, when there are two, and with the call")
  func isNotWhole() async throws {
    let none = InboundMessages()
    let nothing = Task { try await none.whole() }
    none.end()
    await #expect(
      throws: RPCError(.unimplemented, "the call needs exactly one message and had none")
    ) { try await nothing.value }

    let two = InboundMessages()
    let first = Task { try await two.whole() }
    // At the second message, not at an end that may never come.
    for value in UInt8(1)...2 { two.deliver(WireMessage(payload: [value])) }
    await #expect(
      throws: RPCError(.unimplemented, "the call needs exactly one message and had more")
    ) { try await first.value }

    let lost = InboundMessages()
    lost.deliver(WireMessage(payload: [1]))
    lost.end(RPCError(.unavailable, "gone"))
    await #expect(throws: RPCError(.unavailable, "gone")) { try await lost.whole() }
  }

  @Test("end for a reader who is cancelled")
  func cancellation() async throws {
    let inbound = InboundMessages()
    let reader = Task { try await inbound.next() }
    reader.cancel()
    await #expect(throws: RPCError(.cancelled, "the call was cancelled")) { try await reader.value }
  }
}

/// Writes down what a reader has taken.
private final class Source: InboundSource {
  private let sizes = Mutex<[Int]>([])
  var taken: [Int] { sizes.withLock { $0 } }
  func taken(_ size: Int) { sizes.withLock { $0.append(size) } }
  func readerCancelled() {}
}
