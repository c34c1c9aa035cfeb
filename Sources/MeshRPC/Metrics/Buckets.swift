/// The bounds of a histogram's buckets: a value belongs to the first bound that it does not exceed,
/// or to the one bucket behind them all.
package struct Buckets: Sendable, Equatable {
  /// The upper bounds, rising; in nanoseconds or bytes.
  package let bounds: [Int]

  /// Buckets with these bounds, which must rise.
  package init(_ bounds: [Int]) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds rise")
    self.bounds = bounds
  }

  /// The place of `value`'s bucket; `bounds.count` behind the last bound.
  package func place(of value: Int) -> Int {
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// 0 to 100 s, in nanoseconds (gRFC A66, "Metrics Schema").
  package static let latency = Buckets(
    [
      0, 10, 50, 100, 300, 600, 800, 1000, 2000, 3000, 4000, 5000, 6000, 8000, 10_000, 13_000,
      16_000, 20_000, 25_000, 30_000, 40_000, 50_000, 65_000, 80_000, 100_000, 130_000, 160_000,
      200_000, 250_000, 300_000, 400_000, 500_000, 650_000, 800_000, 1_000_000, 2_000_000,
      5_000_000, 10_000_000, 20_000_000, 50_000_000, 100_000_000,
    ].map { $0 * 1000 })

  /// 0 to 4 GiB, in bytes (gRFC A66, "Metrics Schema").
  package static let size = Buckets(
    [0, 1 << 10, 2 << 10, 4 << 10] + stride(from: 14, through: 32, by: 2).map { 1 << $0 })
}
