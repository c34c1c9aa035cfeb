import Synchronization

/// Makes ids of traces and spans: each once in the life of the process, and spread evenly, so that
/// a share of them can be told by comparing.
///
/// A counter through SplitMix64's mixing function, from a random start: no system call for an id.
/// The ids are no secrets.
package final class TraceIDs: Sendable {
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
  private let seed: UInt64
  private let counter: Atomic<UInt64>

  /// Starts somewhere else in each process.
  package convenience init() {
    self.init(seed: .random(in: 0...UInt64.max), start: .random(in: 0...UInt64.max))
  }

  init(seed: UInt64, start: UInt64) {
    self.seed = seed
    counter = Atomic(start)
  }

  /// A new trace's id.
  package func trace() -> TraceID { TraceID(high: next() ^ seed, low: next()) }

  /// A new span's id.
  package func span() -> UInt64 { next() }

  private func next() -> UInt64 {
    // The mixing is one-to-one, so exactly one count gives zero: no id, the next one is.
    while true {
      let id = Self.mixed(counter.wrappingAdd(Self.step, ordering: .relaxed).newValue)
      if id != 0 { return id }
    }
  }

  private static func mixed(_ number: UInt64) -> UInt64 {
    var mixed = number
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
