import MeshKit
import MeshRPC

/// Places the tenants that were left without pools.
///
/// A crash between the commit and the placement leaves them so, or a pool router out of reach.
struct AssignPools: Worker {
  /// What one round did.
  struct Result: Sendable, Equatable {
    var placed = 0
    var failed = 0
  }

  let name = "pool placement"
  let store: PlacementStore
  let placer: PoolPlacer
  /// Tenants that are read at once.
  let batch: Int
  /// How long a tenant is left to the call that provisions it, in microseconds.
  let patience: Micros
  let log: Log
  let now: @Sendable () -> Micros

  func runOnce() async throws -> Result {
    var result = Result()
    let time = now() - patience
    var last: PlacementStore.Unplaced?
    repeat {
      let page = try await store.rows(waitingSince: time, after: last, limit: batch)
      for waiting in page {
        if try await place(waiting) { result.placed += 1 } else { result.failed += 1 }
      }
      last = page.count == batch ? page.last : nil
    } while last != nil
    return result
  }

  /// Whether the tenant has its pools now; throws when nobody is there to ask.
  private func place(_ waiting: PlacementStore.Unplaced) async throws -> Bool {
    do {
      try await placer.place(waiting)
      return true
    } catch let error as RPCError where error.code != .unavailable {
      // This tenant's own trouble, such as a region without active pools: the others go on.
      log(.warning, "cannot place", ["tenant": waiting.tenant.rawValue, "cause": "\(error)"])
      return false
    }
  }
}
