import Testing

@testable import MeshHTTP2

@Suite("StreamTable")
struct StreamTableTests {
  @Test("finds what was inserted and not what was removed, in any order of both")
  func againstADictionary() {
    var table = StreamTable()
    var model: Set<Int32> = []
    var random: UInt64 = 42
    for _ in 0..<20_000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let id = Int32(truncatingIfNeeded: random >> 40 & 0x3ff) * 2 + 1
      if model.contains(id) {
        table.remove(StreamID(rawValue: id))
        model.remove(id)
      } else {
        let record = table.insert(StreamID(rawValue: id))
        #expect(record.pointee.id.rawValue == id)
        model.insert(id)
      }
      #expect(table.count == model.count)
    }
    for id in 0..<2050 as Range<Int32> {
      #expect((table.find(StreamID(rawValue: id)) != nil) == model.contains(id))
    }
    #expect(Set(table.all().map(\.pointee.id.rawValue)) == model)
  }

  @Test("records stay where they are while the table grows")
  func stableRecords() {
    var table = StreamTable()
    let first = table.insert(1)
    for id in 1..<500 as Range<Int32> { _ = table.insert(StreamID(rawValue: id * 2 + 1)) }
    #expect(table.find(1) == first)
  }

  @Test("a removed stream's record starts afresh when it is used again")
  func reuse() {
    var table = StreamTable()
    table.insert(1).pointee.outgoing.append([1, 2, 3])
    table.remove(1)
    let record = table.insert(3)
    #expect(record.pointee.outgoing.count == 0)
    #expect(record.pointee.flags.isEmpty)
  }
}

@Suite("OutgoingBytes")
struct OutgoingBytesTests {
  @Test("bytes come out in the order they went in, whatever the cuts")
  func order() {
    var queue = OutgoingBytes()
    var expected: [UInt8] = []
    var output = HTTP2Output(packing: [])
    for round in 0..<300 {
      let chunk = [UInt8](repeating: UInt8(round & 0xff), count: round % 11)
      expected += chunk
      queue.append(chunk)
      if round % 3 == 0 { queue.move(min(queue.count, round % 17), to: &output) }
    }
    queue.move(queue.count, to: &output)
    let taken = output.takePacked()
    #expect(taken == expected)
    #expect(queue.count == 0)
  }
}

@Suite("TokenBucket")
struct TokenBucketTests {
  @Test("the burst is there at once, and the rest comes back with time")
  func regrowth() {
    let clock = TestClock()
    var bucket = TokenBucket(RateLimit(burst: 3, perSecond: 2), at: clock.now)
    #expect((0..<4).map { _ in bucket.take { clock.now } } == [true, true, true, false])
    clock.advance(seconds: 1)
    #expect((0..<3).map { _ in bucket.take { clock.now } } == [true, true, false])
    clock.advance(seconds: 1000)
    #expect((0..<4).map { _ in bucket.take { clock.now } } == [true, true, true, false])
  }

  @Test("one event in a long while never uses the budget up")
  func slowAndSteady() {
    let clock = TestClock()
    var bucket = TokenBucket(RateLimit(burst: 2, perSecond: 1), at: clock.now)
    for _ in 0..<1000 {
      #expect(bucket.take { clock.now })
      clock.advance(seconds: 2)
    }
  }
}
