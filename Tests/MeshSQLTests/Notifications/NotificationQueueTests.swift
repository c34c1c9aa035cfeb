import Testing

@testable import MeshSQL

@Suite("A slow subscriber costs a bounded amount of memory")
struct NotificationQueueTests {
  @Test("messages leave in order")
  func order() {
    var queue = NotificationQueue(limit: 3)
    for text in ["a", "b", "c"] { queue.push(.message(text)) }
    #expect((0..<4).map { _ in queue.pop() } == [.message("a"), .message("b"), .message("c"), nil])
  }

  @Test("an overflow becomes one gap")
  func overflow() {
    var queue = NotificationQueue(limit: 2)
    for text in ["a", "b", "c", "d"] { queue.push(.message(text)) }
    #expect(queue.count == 2)
    #expect([queue.pop(), queue.pop(), queue.pop()] == [.gap, .message("d"), nil])
  }

  @Test("a gap makes what waited before it worthless")
  func gap() {
    var queue = NotificationQueue(limit: 8)
    queue.push(.message("a"))
    queue.push(.gap)
    #expect([queue.pop(), queue.pop()] == [.gap, nil])
  }
}
