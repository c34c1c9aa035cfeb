import Synchronization

/// The metrics of one method's calls on one side: started, and by status their duration and size.
///
/// Whoever serves or makes calls looks its series up once and keeps it. Any thread counts.
package final class CallSeries: Sendable {
  /// The label of methods that are not registered, whose names anybody may invent (gRFC A66).
  package static let other = "other"

  /// What one status of one shard has counted.
  private final class Cells: Sendable {
    let duration = HistogramCells<42>()
    let sent = HistogramCells<15>()
    let received = HistogramCells<15>()
  }

  /// Each counter in a cache line of its own.
  private struct Started: ~Copyable, Sendable {
    let count = ShardCount()
    private let padding: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)
  }

  /// The method's full name without the leading slash, or `other`.
  package let method: String
  private let started = InlineArray<8, Started> { _ in Started() }
  /// Made when a status first occurs in a shard, and kept until the series goes.
  private let ended = InlineArray<136, Atomic<Unmanaged<Cells>?>> { _ in Atomic(nil) }

  /// The series of `method`; nil is all methods that are not registered.
  package init(_ method: MethodDescriptor?) {
    self.method = method.map { String($0.path.dropFirst()) } ?? Self.other
    precondition(MetricShard.count * StatusCode.allCases.count == 136, "a place for each status")
    precondition(Buckets.latency.bounds.count == 41 && Buckets.size.bounds.count == 14, "sizes")
  }

  deinit {
    for place in 0..<136 { ended[place].load(ordering: .acquiring)?.release() }
  }

  /// Counts a call that begins.
  package func start(_ shard: MetricShard) { started[shard.place].count.add(1, shard) }

  /// Counts a call that ends; the duration in nanoseconds, the payloads in bytes.
  package func end(
    _ code: StatusCode, nanoseconds: Int, sent: Int, received: Int, _ shard: MetricShard
  ) {
    let place = code.rawValue * MetricShard.count + shard.place
    let cells = ended[place].load(ordering: .acquiring) ?? makeCells(place)
    cells._withUnsafeGuaranteedRef { cells in
      cells.duration.add(nanoseconds, at: Buckets.latency.place(of: nanoseconds), shard)
      cells.sent.add(sent, at: Buckets.size.place(of: sent), shard)
      cells.received.add(received, at: Buckets.size.place(of: received), shard)
    }
  }

  private func makeCells(_ place: Int) -> Unmanaged<Cells> {
    let made = Unmanaged.passRetained(Cells())
    let (isFirst, known) = ended[place].compareExchange(
      expected: nil, desired: made, ordering: .acquiringAndReleasing)
    guard !isFirst, let known else { return made }
    made.release()
    return known
  }

  /// Calls that ended with one status.
  package struct Outcome: Sendable, Equatable {
    /// How they ended.
    package let code: StatusCode
    /// How long they took, in nanoseconds.
    package fileprivate(set) var duration = HistogramSnapshot(.latency)
    /// What each of them sent, in bytes.
    package fileprivate(set) var sent = HistogramSnapshot(.size)
    /// What each of them received, in bytes.
    package fileprivate(set) var received = HistogramSnapshot(.size)

    fileprivate init(_ code: StatusCode) { self.code = code }
  }

  /// Calls that have begun so far.
  package var startedCount: Int {
    (0..<MetricShard.count).reduce(0) { $0 + started[$1].count.total }
  }

  /// What has been counted, for each status that has occurred.
  package var outcomes: [Outcome] {
    StatusCode.allCases.compactMap { code in
      var outcome = Outcome(code)
      var hasOccurred = false
      for shard in 0..<MetricShard.count {
        let place = code.rawValue * MetricShard.count + shard
        guard let kept = ended[place].load(ordering: .acquiring) else { continue }
        let cells = kept.takeUnretainedValue()
        hasOccurred = true
        cells.duration.add(to: &outcome.duration)
        cells.sent.add(to: &outcome.sent)
        cells.received.add(to: &outcome.received)
      }
      return hasOccurred ? outcome : nil
    }
  }
}
