import Testing

@testable import TenantryCLI

@Suite("A latency histogram")
struct LatencyHistogramTests {
  /// The exact answer: the value that so many percent do not exceed.
  private func exact(_ values: [Int64], _ percent: Double) -> Int64 {
    let rank = max(1, Int((Double(values.count) * percent / 100).rounded(.up)))
    return values.sorted()[rank - 1]
  }

  private static let shapes: [(name: String, values: [Int64])] = [
    ("a line", (1...10_000).map { Int64($0) * 1000 }),
    ("one value", Array(repeating: 123_456, count: 77)),
    ("a single one", [42]),
    ("small ones, told exactly", (0...255).map { Int64($0) }),
    (
      "powers of two and their neighbours",
      (0..<40).flatMap { [1 << $0, (1 << $0) + 1, (1 << $0) - 1] }
    ),
    ("a long tail", (1...5000).map { $0 % 100 == 0 ? Int64($0) * 7_919_113 : Int64($0) * 17 }),
  ]

  @Test(
    "tells percentiles at most 0.8 % above the exact ones, and never below",
    arguments: shapes.indices, [0, 1, 50, 90, 99, 99.9, 100])
  func percentiles(shape: Int, percent: Double) {
    let values = Self.shapes[shape].values
    var histogram = LatencyHistogram()
    for value in values { histogram.record(value) }
    let right = exact(values, percent)
    let told = histogram.percentile(percent)
    #expect(told >= right)
    #expect(Double(told) <= Double(right) * 1.008 + 0.5)
    #expect(histogram.count == values.count)
    #expect(histogram.max == values.max())
    #expect(histogram.min == values.min())
    #expect(histogram.mean == Int64(values.reduce(0.0) { $0 + Double($1) } / Double(values.count)))
  }

  @Test("of two parts is that of the whole")
  func adding() {
    var (whole, left, right) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
    for value in Int64(1)...2000 {
      whole.record(value * value)
      if value % 3 == 0 { left.record(value * value) } else { right.record(value * value) }
    }
    left.add(right)
    #expect(left == whole)
    left.add(LatencyHistogram())
    #expect(left == whole)
    var empty = LatencyHistogram()
    empty.add(whole)
    #expect(empty == whole)
  }

  @Test("takes what is out of its range at the range's end")
  func limits() {
    var histogram = LatencyHistogram()
    histogram.record(-5)
    histogram.record(.max)
    #expect(histogram.min == 0)
    #expect(histogram.max == LatencyHistogram.limit)
    #expect(histogram.percentile(100) == LatencyHistogram.limit)
  }

  @Test("of nothing is zero")
  func nothing() {
    let histogram = LatencyHistogram()
    #expect(histogram.percentile(99) == 0)
    #expect(histogram.mean == 0)
    #expect(histogram.max == 0)
  }
}
