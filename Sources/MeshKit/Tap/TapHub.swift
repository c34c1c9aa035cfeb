package import MeshRPC
import Synchronization

/// The taps that are open in a process, and the calls that reach them.
///
/// While there is none, a call pays for one look at a number.
package final class TapHub: Sendable {
  /// What taps may cost.
  package struct Config: Sendable {
    /// Taps that may be open at once.
    package var taps = 8
    /// Calls in a second that a tap may ask for.
    package var rate = 1000
    /// Calls in a second that it gets if it does not ask.
    package var usualRate = 20
    /// Calls that wait for a slow reader.
    package var waiting = 256
    /// How long a tap may stay open.
    package var duration = Duration.seconds(3600)

    /// The defaults.
    package init() {}
  }

  /// A call that a tap shows.
  package struct Shown: Sendable {
    /// The call.
    package let record: CallRecord
    /// When it ended, by the wall clock.
    package let endedAt: Micros
    /// Calls that fitted and were not shown, since the tap was opened.
    package let skipped: Int
  }

  /// What taps may cost.
  package let config: Config
  private let now: @Sendable () -> Micros
  private let open = Atomic<Int>(0)
  private let state = Mutex(State())

  fileprivate struct Tap {
    let filter: TapFilter
    let rate: Int
    let shown: AsyncStream<Shown>.Continuation
    var second: Int64 = .min
    var taken = 0
    var skipped = 0
  }

  private struct State {
    var taps: [Int: Tap] = [:]
    var nextID = 0
    var skipped = 0
  }

  /// Starts without taps.
  package init(
    config: Config = Config(), now: @escaping @Sendable () -> Micros = Timestamps.now
  ) {
    self.config = config
    self.now = now
  }

  /// Whether anybody looks.
  package var isTapped: Bool { open.load(ordering: .relaxed) > 0 }

  /// How many look.
  package var count: Int { open.load(ordering: .relaxed) }

  /// Calls that fitted a tap and were not shown, since the start.
  package var skipped: Int { state.withLock { $0.skipped } }

  /// Opens a tap; it closes when whoever reads it stops.
  ///
  /// - Throws: `RESOURCE_EXHAUSTED` when too many are open.
  package func tap(_ filter: TapFilter, rate: Int) throws(RPCError) -> AsyncStream<Shown> {
    let (stream, shown) = AsyncStream<Shown>.makeStream(
      bufferingPolicy: .bufferingOldest(config.waiting))
    let id = state.withLock { state -> Int? in
      guard state.taps.count < config.taps else { return nil }
      state.nextID += 1
      state.taps[state.nextID] = Tap(filter: filter, rate: rate, shown: shown)
      open.store(state.taps.count, ordering: .relaxed)
      return state.nextID
    }
    guard let id else {
      throw RPCError(.resourceExhausted, "\(config.taps) taps are open, which is the limit")
    }
    shown.onTermination = { [weak self] _ in self?.close(id) }
    return stream
  }

  /// Shows a call to the taps that it fits.
  package func offer(_ record: CallRecord) {
    guard isTapped else { return }
    let now = now()
    state.withLock { state in
      for id in state.taps.keys where state.taps[id]?.filter.fits(record) == true {
        if state.taps[id]?.show(record, at: now) == false { state.skipped += 1 }
      }
    }
  }

  private func close(_ id: Int) {
    state.withLock { state in
      state.taps[id] = nil
      open.store(state.taps.count, ordering: .relaxed)
    }
  }
}

extension TapHub.Tap {
  /// Shows the call if the second and the reader have room for it; else counts it.
  mutating func show(_ record: CallRecord, at now: Micros) -> Bool {
    if now / 1_000_000 != second {
      second = now / 1_000_000
      taken = 0
    }
    if taken < rate,
      case .enqueued = shown.yield(.init(record: record, endedAt: now, skipped: skipped))
    {
      taken += 1
      return true
    }
    skipped += 1
    return false
  }
}
