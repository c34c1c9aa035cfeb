import Testing

@testable import MeshRPC

@Suite("A trace's context")
struct TraceContextTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let span = "00f067aa0ba902b7"

  @Test("is read from traceparent and written as it came")
  func roundTrip() throws {
    let text = "00-\(Self.trace)-\(Self.span)-01"
    let context = try #require(TraceContext(parent: text))
    #expect(context.isSampled)
    #expect("\(context.traceID)" == Self.trace)
    #expect(context.spanID == 0x00f0_67aa_0ba9_02b7)
    #expect(context.parent == text)
    #expect(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-00")?.isSampled == false)
    // Flags that we do not know do not hide the one that we do.
    #expect(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-03")?.isSampled == true)
  }

  @Test(
    "is none where traceparent is not exactly one",
    arguments: [
      "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-01-",
      "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-0x", "ff-\(trace)-\(span)-01",
      "0g-\(trace)-\(span)-01", "00_\(trace)-\(span)-01", " 00-\(trace)-\(span)-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01",
      "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
      "00-\(trace)x-\(span)-01", "01-\(trace)-\(span)-01x", "00-\(trace)-00f067aa0ba902é7-01",
    ])
  func malformed(_ text: String) {
    #expect(TraceContext(parent: text) == nil)
  }

  @Test("of a later version is read as far as it is known")
  func laterVersion() {
    #expect(TraceContext(parent: "01-\(Self.trace)-\(Self.span)-01-what-comes")?.isSampled == true)
    #expect(TraceContext(parent: "cc-\(Self.trace)-\(Self.span)-01")?.isSampled == true)
  }

  @Test("takes tracestate along, all lines of it, in their order")
  func state() {
    var metadata: Metadata = ["traceparent": "00-\(Self.trace)-\(Self.span)-01"]
    metadata.add("one=1, two@x=2", for: "tracestate")
    metadata.add("three=a b", for: "tracestate")
    let context = TraceContext(metadata)
    #expect(context?.state == "one=1,two@x=2,three=a b")
    var onward: Metadata = ["traceparent": "old", "tracestate": "old=1", "kept": "yes"]
    context?.write(to: &onward)
    let expected: Metadata = [
      "kept": "yes", "traceparent": "00-\(Self.trace)-\(Self.span)-01",
      "tracestate": "one=1,two@x=2,three=a b",
    ]
    #expect(onward.pairs == expected.pairs)
  }

  @Test(
    "drops a tracestate that is none or too large",
    arguments: [
      ["=1"], ["a="], ["a"], ["A=1"], ["a=b=c"], ["a=\u{7}"],
      [String(repeating: "a=1,", count: 33)], ["a=" + String(repeating: "x", count: 512)],
    ])
  func badState(_ lines: [String]) {
    #expect(TraceState.joined(lines) == nil)
  }

  @Test("keeps a tracestate at its limits")
  func largestState() {
    #expect(TraceState.joined([(1...32).map { "a\($0)=1" }.joined(separator: ",")]) != nil)
    let long = "a=" + String(repeating: "x", count: 510)
    #expect(TraceState.joined([long]) == long)
    #expect(TraceState.joined([",a=1,,b=2,"]) == "a=1,b=2")
  }
}

@Suite("A tracer")
struct TracerTests {
  private func tracer(ratio: Double, limit: Int = 10) -> Tracer {
    Tracer(queue: SpanQueue(limit: limit), sampler: TraceSampler(ratio: ratio), now: { 1000 })
  }

  private static let sampled: Metadata = [
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "v=1",
  ]
  private static let unsampled: Metadata = [
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
  ]

  @Test("makes a served call the child of what its headers name")
  func child() {
    let span = tracer(ratio: 0).beginServed(method: "test.Echo/Say", Self.sampled)
    #expect("\(span.context.traceID)" == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(span.parentID == 0x00f0_67aa_0ba9_02b7)
    #expect(span.context.spanID != span.parentID)
    #expect(span.context.isSampled)
    #expect(span.context.state == "v=1")
    #expect(span.name == "Recv.test.Echo.Say")
    #expect(span.start == 1000)
  }

  @Test("follows its parent, whatever its own ratio, and decides where there is none")
  func sampling() {
    #expect(!tracer(ratio: 1).beginServed(method: "m", Self.unsampled).context.isSampled)
    #expect(tracer(ratio: 1).beginServed(method: "m", [:]).context.isSampled)
    #expect(!tracer(ratio: 0).beginServed(method: "m", [:]).context.isSampled)
    #expect(tracer(ratio: 1).beginServed(method: "m", [:]).parentID == nil)
  }

  @Test("records about its ratio of new traces", arguments: [0.01, 0.25, 0.5])
  func ratio(_ ratio: Double) {
    let sampler = TraceSampler(ratio: ratio)
    let ids = TraceIDs(seed: 1, start: 2)
    let taken = (0..<20_000).count { _ in sampler.decide(parent: nil, traceID: ids.trace()) }
    #expect(abs(Double(taken) - ratio * 20_000) < 500)
  }

  @Test("names attempts beneath their call and calls beneath what is served")
  func kinds() {
    let tracer = tracer(ratio: 1)
    let served = tracer.beginServed(method: "a.B/C", Self.sampled)
    let call = tracer.begin(.client, method: "d.E/F", in: served.context)
    let attempt = tracer.begin(.attempt, method: "d.E/F", in: call.context)
    #expect(call.parentID == served.context.spanID)
    #expect(attempt.parentID == call.context.spanID)
    #expect(call.name == "Sent.d.E.F")
    #expect(attempt.name == "Attempt.d.E.F")
    #expect(attempt.context.traceID == served.context.traceID)
    #expect(attempt.context.state == "v=1")
  }

  @Test("queues what is recorded, drops and counts what does not fit")
  func queue() {
    let tracer = tracer(ratio: 1, limit: 3)
    tracer.end(tracer.beginServed(method: "m", Self.unsampled))
    #expect(tracer.queue.count == 0)
    for _ in 0..<5 { tracer.end(tracer.beginServed(method: "m", [:])) }
    #expect(tracer.queue.count == 3)
    #expect(tracer.queue.dropped == 2)
    #expect(tracer.queue.take(2).count == 2)
    #expect(tracer.queue.take(2).count == 1)
    #expect(tracer.queue.take(2).isEmpty)
  }

  @Test("makes each id once")
  func ids() {
    let ids = TraceIDs(seed: 7, start: 0)
    let spans = Set((0..<10_000).map { _ in ids.span() })
    #expect(spans.count == 10_000)
    #expect(!spans.contains(0))
    #expect(ids.trace().bytes.count == 16)
  }
}
