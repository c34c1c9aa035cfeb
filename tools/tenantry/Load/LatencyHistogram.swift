/// Counts latencies in buckets whose width grows with the value, as HdrHistogram does.
///
/// Each power of two is cut into 128 buckets, so a value is told with an error below 0.8 %, in some
/// 35 KB whatever is recorded. Nanoseconds from 0 to 18 minutes; what is longer counts as that.
struct LatencyHistogram: Sendable, Equatable {
  /// The longest latency that is told apart, in nanoseconds.
  static let limit: Int64 = 1 << 40
  /// Values below this have a bucket each.
  private static let exactBits = 8
  private static let halfCount = 1 << (exactBits - 1)
  private static let bucketCount = index(of: limit) + 1

  private(set) var count = 0
  /// The largest latency; 0 while there is none.
  private(set) var max: Int64 = 0
  /// The smallest latency; 0 while there is none.
  private(set) var min: Int64 = 0
  private var sum = 0.0
  private var counts: [Int] = []

  /// The mean; 0 while there is none.
  var mean: Int64 { count == 0 ? 0 : Int64(sum / Double(count)) }

  /// Counts one latency.
  mutating func record(_ nanoseconds: Int64) {
    let value = Swift.min(Swift.max(0, nanoseconds), Self.limit)
    // A histogram that nothing is recorded in takes no memory.
    if counts.isEmpty { counts = [Int](repeating: 0, count: Self.bucketCount) }
    counts[Self.index(of: value)] += 1
    min = count == 0 ? value : Swift.min(min, value)
    max = Swift.max(max, value)
    sum += Double(value)
    count += 1
  }

  /// Counts what another histogram has counted too.
  mutating func add(_ other: LatencyHistogram) {
    guard other.count > 0 else { return }
    guard count > 0 else { return self = other }
    for index in counts.indices { counts[index] += other.counts[index] }
    min = Swift.min(min, other.min)
    max = Swift.max(max, other.max)
    sum += other.sum
    count += other.count
  }

  /// The latency that `percent` of all do not exceed: the top of its bucket, at most `max`.
  ///
  /// 0 while there is none.
  func percentile(_ percent: Double) -> Int64 {
    let wanted = Swift.max(1, Int((Double(count) * percent / 100).rounded(.up)))
    var seen = 0
    for (index, bucket) in counts.enumerated() {
      seen += bucket
      if seen >= wanted { return Swift.min(max, Self.top(of: index)) }
    }
    return max
  }

  private static func index(of value: Int64) -> Int {
    let bits = Int64.bitWidth - value.leadingZeroBitCount
    let shift = Swift.max(0, bits - exactBits)
    return shift * halfCount + Int(value >> shift)
  }

  private static func top(of index: Int) -> Int64 {
    let shift = Swift.max(0, index / halfCount - 1)
    return (Int64(index - shift * halfCount + 1) << shift) - 1
  }
}
