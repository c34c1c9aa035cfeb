/// The counts of one histogram in one shard, as many as its buckets and one behind them.
struct HistogramCells<let count: Int>: ~Copyable, Sendable {
  private let counts = InlineArray<count, ShardCount> { _ in ShardCount() }
  private let sum = ShardCount()

  func add(_ value: Int, at place: Int, _ shard: MetricShard) {
    counts[place].add(1, shard)
    sum.add(value, shard)
  }

  /// Adds what was counted here.
  func add(to snapshot: inout HistogramSnapshot) {
    for place in 0..<count { snapshot.counts[place] += counts[place].total }
    snapshot.sum += sum.total
  }
}

/// A histogram as it was at one moment.
package struct HistogramSnapshot: Sendable, Equatable {
  /// Its bounds.
  package let buckets: Buckets
  /// Values in each bucket, and behind the last bound; not cumulative.
  package fileprivate(set) var counts: [Int]
  /// The sum of all values.
  package fileprivate(set) var sum = 0

  /// Nothing counted yet.
  init(_ buckets: Buckets) {
    self.buckets = buckets
    counts = Array(repeating: 0, count: buckets.bounds.count + 1)
  }

  /// How many values were counted.
  package var count: Int { counts.reduce(0, +) }
}
