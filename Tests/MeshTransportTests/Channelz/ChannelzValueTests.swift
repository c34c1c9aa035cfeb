import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("What channelz counts and keeps")
struct ChannelzValueTests {
  private static func refs(_ ids: [Int64]) -> [EntityRef] {
    ids.map { EntityRef(id: $0, name: "") }
  }

  @Test(
    "is told page by page, by id",
    arguments: [
      ([], 0, 2, [], true),
      ([5, 3, 9], 0, 2, [3, 5], false),
      ([5, 3, 9], 6, 2, [9], true),
      ([5, 3, 9], 0, 3, [3, 5, 9], true),
      ([5, 3, 9], 5, 1, [5], false),
      ([5, 3, 9], 10, 2, [], true),
      ([5, 3, 9], -7, 5, [3, 5, 9], true),
      ([5, 3, 9], .max, 1, [], true),
    ] as [([Int64], Int64, Int, [Int64], Bool)])
  func pages(all: [Int64], start: Int64, size: Int, ids: [Int64], isLast: Bool) {
    let page = EntityPage(of: Self.refs(all), from: start, size: size)
    #expect(page.refs.map(\.id) == ids)
    #expect(page.isLast == isLast)
  }

  @Test("comes once if it is there all the time, whatever comes and goes between the pages")
  func changingList() {
    var all: [Int64] = [1, 2, 4, 6, 8]
    var seen: [Int64] = []
    var start: Int64 = 0
    while true {
      let page = EntityPage(of: Self.refs(all), from: start, size: 2)
      seen += page.refs.map(\.id)
      guard !page.isLast, let last = page.refs.last else { break }
      start = last.id + 1
      // Ids only grow, so what is new comes at the end.
      all.removeAll { $0 == 1 }
      all.append((all.max() ?? 0) < 10 ? 10 : 8)
      all = Array(Set(all))
    }
    #expect(seen == [1, 2, 4, 6, 8, 10])
  }

  @Test("is counted with the moment of the last beginning")
  func counts() {
    var counts = CallCounts()
    #expect(counts.lastStarted == nil)
    counts.began(at: MonotonicTime(nanoseconds: 5))
    counts.began(at: MonotonicTime(nanoseconds: 7))
    counts.began(at: MonotonicTime(nanoseconds: 9))
    counts.ended(well: true)
    counts.ended(well: false)
    #expect((counts.started, counts.succeeded, counts.failed) == (3, 1, 1))
    var other = CallCounts()
    other.began(at: MonotonicTime(nanoseconds: 8))
    other.ended(well: true)
    let sum = CallCounts.sum([CallCounts(), other, counts])
    #expect((sum.started, sum.succeeded, sum.failed) == (4, 2, 1))
    #expect(sum.lastStarted == MonotonicTime(nanoseconds: 9))
  }

  @Test("has a trace that forgets the oldest events and counts them all")
  func traceLimit() {
    var trace = ChannelTrace(limit: 3, at: MonotonicTime(nanoseconds: 0))
    for number in 1...5 { trace.note("event \(number)", at: .init(nanoseconds: Int64(number))) }
    #expect(trace.logged == 5)
    #expect(trace.events.map(\.text) == ["event 3", "event 4", "event 5"])
    var none = ChannelTrace(limit: 0, at: MonotonicTime(nanoseconds: 0))
    none.note("event", at: MonotonicTime(nanoseconds: 1))
    #expect((none.logged, none.events.count) == (1, 0))
  }

  @Test("has a trace of states that says each change once, and why calls cannot go out")
  func traceStates() {
    var trace = ChannelTrace(limit: 9, at: MonotonicTime(nanoseconds: 0))
    let now = MonotonicTime(nanoseconds: 1)
    trace.note(.idle, at: now)
    trace.note(.connecting, problem: "an older problem", at: now)
    trace.note(.connecting, at: now)
    trace.note(.transientFailure, problem: "nobody listens", at: now)
    trace.note(.ready, at: now)
    #expect(trace.events.map(\.text) == ["connecting", "nobody listens", "ready"])
    #expect(trace.events.map(\.isWarning) == [false, true, false])
  }

  @Test("has one trace for all loops, in the order of time and no longer than each")
  func mergedTraces() throws {
    var traces: [ChannelTrace] = []
    for loop: Int64 in 0..<2 {
      var trace = ChannelTrace(limit: 3, at: MonotonicTime(nanoseconds: 10 - loop))
      for number in 1...3 {
        trace.note("\(loop)/\(number)", at: .init(nanoseconds: 20 + Int64(number) * 2 + loop))
      }
      traces.append(trace)
    }
    let merged = try #require(ChannelTrace.merged(traces))
    #expect(merged.created == MonotonicTime(nanoseconds: 9))
    #expect(merged.logged == 6)
    #expect(merged.events.map(\.text) == ["1/2", "0/3", "1/3"])
    #expect(ChannelTrace.merged([]) == nil)
  }

  @Test(
    "stands as well as the best of its loops",
    arguments: [
      ([.idle, .ready, .transientFailure], .ready), ([.idle, .connecting], .connecting),
      ([.transientFailure, .idle], .idle), ([.shutdown, .transientFailure], .transientFailure),
      ([.shutdown], .shutdown), ([], .shutdown),
    ] as [([ConnectivityState], ConnectivityState)])
  func together(states: [ConnectivityState], expected: ConnectivityState) {
    #expect(ConnectivityState.together(states) == expected)
  }
}
