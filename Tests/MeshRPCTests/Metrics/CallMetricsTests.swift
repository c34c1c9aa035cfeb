import Testing

@testable import MeshRPC

@Suite("The metrics of calls")
struct CallMetricsTests {
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)

  @Test(
    "a value belongs to the first bucket whose bound it does not exceed",
    arguments: [(-1, 0), (0, 0), (1, 1), (10, 1), (11, 2), (30, 3), (31, 3)])
  func buckets(_ value: Int, _ place: Int) {
    #expect(Buckets([0, 10, 20]).place(of: value) == place)
  }

  @Test("the buckets are gRFC A66's")
  func bounds() {
    #expect(Buckets.latency.bounds.count == 41)
    #expect(Buckets.latency.bounds[1] == 10_000)
    #expect(Buckets.latency.bounds[40] == 100_000_000_000)
    #expect(
      Buckets.size.bounds == [
        0, 1024, 2048, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
        67_108_864, 268_435_456, 1_073_741_824, 4_294_967_296,
      ])
  }

  @Test("a series tells started calls, and ended ones by status, whatever shard counted them")
  func series() {
    let series = CallSeries(Self.say)
    for loop in 0..<20 { series.start(MetricShard(loop: loop)) }
    for loop in 0..<18 {
      series.end(
        .ok, nanoseconds: 15_000, sent: 100, received: 0, MetricShard(loop: loop))
    }
    series.end(.notFound, nanoseconds: 200_000_000_000, sent: 0, received: 5000, .shared)
    #expect(series.method == "test.Echo/Say")
    #expect(series.startedCount == 20)
    let outcomes = series.outcomes
    #expect(outcomes.map(\.code) == [.ok, .notFound])
    #expect(outcomes[0].duration.counts[2] == 18)
    #expect(outcomes[0].duration.count == 18)
    #expect(outcomes[0].duration.sum == 270_000)
    #expect(outcomes[0].sent.counts[1] == 18)
    #expect(outcomes[0].received.counts[0] == 18)
    #expect(outcomes[1].duration.counts[41] == 1)
    #expect(outcomes[1].received.sum == 5000)
  }

  @Test("what threads without a loop count at once is all counted")
  func sharing() async {
    let series = CallSeries(Self.say)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<5000 {
            series.start(MetricShard(loop: nil))
            series.end(.ok, nanoseconds: 1, sent: 1, received: 1, MetricShard(loop: nil))
          }
        }
      }
    }
    #expect(series.startedCount == 20_000)
    #expect(series.outcomes.first?.duration.count == 20_000)
  }

  @Test("the first loops have places of their own, the others and everybody else share one")
  func shards() {
    let owned = (0..<7).map { MetricShard(loop: $0) }
    #expect(Set(owned).count == 7)
    #expect(owned.allSatisfy { $0.isOwned })
    for loop in [7, 8, 100, nil] { #expect(MetricShard(loop: loop) == .shared) }
  }

  @Test("methods that nobody registered are one series, and so are those beyond the limit")
  func other() {
    let metrics = CallMetrics()
    #expect(metrics.served(nil) === metrics.served(nil))
    #expect(metrics.served(nil).method == "other")
    for number in 0..<CallMetrics.methodLimit + 10 {
      _ = metrics.served(
        MethodDescriptor(service: "test.Many", method: "M\(number)", kind: .unary))
    }
    #expect(metrics.served.count == CallMetrics.methodLimit)
    let late = MethodDescriptor(service: "test.Many", method: "Late", kind: .unary)
    #expect(metrics.served(late) === metrics.served(nil))
  }

  @Test("targets beyond the limit are one target")
  func targets() {
    let metrics = CallMetrics()
    for number in 0..<CallMetrics.targetLimit + 5 { _ = metrics.target("unix:/\(number)") }
    #expect(metrics.targets.count == CallMetrics.targetLimit + 1)
    #expect(metrics.target("unix:/late") === metrics.target("unix:/later"))
    #expect(metrics.target("unix:/late").target == "other")
    #expect(metrics.target("unix:/0").target == "unix:/0")
  }

  @Test("two descriptors of one method are counted together")
  func sameMethod() {
    let target = CallMetrics().target("unix:/x")
    let again = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)
    #expect(target.calls(Self.say) === target.calls(again))
    #expect(target.calls(Self.say) !== target.attempts(Self.say))
    #expect(target.calls.count == 1)
  }
}
