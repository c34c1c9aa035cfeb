import Synchronization

/// Where a thread counts: loops have places of their own, everybody else shares one.
///
/// A place with one writer is counted in by a load and a store, which cost a nanosecond and disturb
/// nobody; the shared place needs atomic additions.
package struct MetricShard: Sendable, Hashable {
  /// How many places there are.
  package static let count = 8
  /// The place that threads share.
  package static let shared = MetricShard(place: count - 1)

  /// Less than `count`.
  let place: Int

  /// Whether one thread alone counts here.
  var isOwned: Bool { place < Self.count - 1 }

  private init(place: Int) { self.place = place }

  /// The place of the loop with this ordinal, whose thread must be the one that counts.
  ///
  /// Nil is a thread without a loop. Loops beyond the first seven share a place.
  package init(loop ordinal: Int?) {
    place = min(ordinal ?? Self.count, Self.count - 1)
  }
}

/// A number that only rises, in one shard.
struct ShardCount: ~Copyable, Sendable {
  private let value = Atomic<Int>(0)

  func add(_ amount: Int, _ shard: MetricShard) {
    if shard.isOwned {
      value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    } else {
      value.wrappingAdd(amount, ordering: .relaxed)
    }
  }

  var total: Int { value.load(ordering: .relaxed) }
}
