import MeshIO
import MeshRPC
import Testing

@testable import MeshKit

@Suite("A page of metrics")
struct MetricPageTests {
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)

  private func read(_ page: MetricPage) throws -> PrometheusText {
    try PrometheusText(String(decoding: page.bytes, as: UTF8.self))
  }

  @Test("is what a scraper can read, whatever the labels hold")
  func escaping() throws {
    let metric = MetricDescriptor(
      "test_total", .counter, labels: ["a", "b"], help: "Back\\slash\nand line.")
    var page = MetricPage()
    page.add(metric, 3, labels: ["\"quoted\"", "two\nlines\\"])
    page.add(metric, 0.5, labels: ["ä", ""])
    let text = try read(page)
    let family = try #require(text.families["test_total"])
    #expect(family.help == "Back\\\\slash\\nand line.")
    #expect(
      family.samples == [
        .init(
          name: "test_total", labels: ["a": "\"quoted\"", "b": "two\nlines\\"], value: 3),
        .init(name: "test_total", labels: ["a": "ä", "b": ""], value: 0.5),
      ])
  }

  @Test("tells histograms as rising counts up to +Inf, which is their count")
  func histograms() async throws {
    let metrics = CallMetrics()
    let series = metrics.served(Self.say)
    for nanoseconds in [5_000, 15_000, 20_000, 3_000_000_000, 500_000_000_000] {
      series.start(.shared)
      series.end(.ok, nanoseconds: nanoseconds, sent: 10, received: 2000, .shared)
    }
    series.start(.shared)
    var page = MetricPage()
    await CallMetricSource(metrics).collect(into: &page)
    let text = try read(page)
    let family = try #require(text.families["grpc_server_call_duration_seconds"])
    let buckets = family.samples.filter { $0.name.hasSuffix("_bucket") }
    #expect(buckets.count == 42)
    #expect(buckets.map(\.value) == buckets.map(\.value).sorted())
    #expect(buckets.first { $0.labels["le"] == "1e-05" }?.value == 1)
    #expect(buckets.first { $0.labels["le"] == "5e-05" }?.value == 3)
    #expect(buckets.last?.labels["le"] == "+Inf")
    #expect(buckets.last?.value == 5)
    #expect(buckets.allSatisfy { $0.labels["grpc_status"] == "OK" })
    #expect(family.samples.suffix(2).map(\.value) == [503.00004, 5])
    #expect(text.values("grpc_server_call_started_total") == ["test.Echo/Say": 6])
    #expect(
      text.values("grpc_server_call_rcvd_total_compressed_message_size_bytes_sum")
        == ["test.Echo/Say": 10_000])
  }

  @Test("has what each source promises, and nothing else")
  func sources() async throws {
    let group = try EventLoopGroup(count: 2, name: "test")
    try group.start()
    let guardian = LedgerGuard()
    guardian.noteContact()
    let metrics = CallMetrics()
    metrics.served(Self.say).start(.shared)
    let calls = metrics.target("unix:/x")
    for series in [calls.attempts(Self.say), calls.calls(Self.say), metrics.served(Self.say)] {
      series.start(.shared)
      series.end(.ok, nanoseconds: 1, sent: 1, received: 1, .shared)
    }
    let observatory = Observatory(
      metrics: metrics, accessLog: AccessLog(Log(service: "test"), level: .info, limit: 1))
    let sources = MetricSources([
      CallMetricSource(metrics), ObservationMetricSource(observatory, export: nil),
      HostMetricSource(
        health: Health(), guardian: guardian, database: nil, loops: group.loops,
        connections: { 7 }),
      ProcessMetricSource(),
    ])
    let text = try read(await sources.page())
    await group.stop()
    #expect(sources.metrics == MetricDescriptor.all)
    let without = ["tenantry_outbox", "tenantry_database", "tenantry_trace"]
    let expected = sources.metrics.filter { metric in
      !without.contains { metric.name.hasPrefix($0) }
    }
    #expect(Set(text.families.keys) == Set(expected.map(\.name)))
    for metric in expected {
      #expect(text.families[metric.name]?.kind == metric.kind.rawValue)
      let labels = text.families[metric.name]?.samples.first?.labels.keys.sorted() ?? []
      #expect(labels.filter { $0 != "le" } == metric.labels.sorted())
    }
    #expect(text.values("tenantry_server_connections").values.first == 7)
    #expect(text.values("tenantry_serving").values.first == 1)
    #expect((text.values("process_resident_memory_bytes").values.first ?? 0) > 1_000_000)
    #expect((text.values("process_open_fds").values.first ?? 0) > 3)
    #expect(text.values("tenantry_loop_turns_total", "loop").count == 2)
  }

  @Test("reads the kernel's figures whatever the program is called")
  func stat() {
    let fields = (4...52).map { field in
      [14: "250", 15: "50", 22: "1000", 23: "4096000", 24: "300"][field] ?? "0"
    }
    let stat = "7 (a) b (c) S " + fields.joined(separator: " ")
    let figures = ProcessMetricSource.Figures(
      stat: stat, system: "cpu 1\nbtime 1700000000\nprocesses 1\n", ticks: 100, pageSize: 4096)
    #expect(figures?.cpuSeconds == 3)
    #expect(figures?.residentBytes == 300 * 4096)
    #expect(figures?.virtualBytes == 4_096_000)
    #expect(figures?.startSeconds == 1_700_000_010)
    #expect(
      ProcessMetricSource.Figures(stat: "7 (a) S", system: "", ticks: 100, pageSize: 1) == nil)
  }
}
