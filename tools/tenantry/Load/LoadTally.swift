import MeshRPC
import Synchronization

/// What was measured of some calls.
struct LoadFigures: Sendable, Equatable {
  /// Of calls that succeeded, from the moment at which they were to start.
  var latency = LatencyHistogram()
  /// Of calls that failed, likewise.
  var failureLatency = LatencyHistogram()
  /// By the code's number.
  private var codes = [Int](repeating: 0, count: StatusCode.allCases.count)
  /// Payloads of requests and of answers, without heads and headers.
  var sentBytes = 0
  var receivedBytes = 0

  var completed: Int { latency.count + failureLatency.count }
  var failed: Int { failureLatency.count }
  /// How often calls ended with each code that one has ended with.
  var statuses: [StatusCode: Int] {
    let all = StatusCode.allCases.map { ($0, codes[$0.rawValue]) }
    return Dictionary(uniqueKeysWithValues: all.filter { $0.1 > 0 })
  }

  mutating func record(_ outcome: LoadOutcome) {
    codes[outcome.status.rawValue] += 1
    if outcome.status == .ok {
      latency.record(outcome.latency)
    } else {
      failureLatency.record(outcome.latency)
    }
    sentBytes += outcome.sentBytes
    receivedBytes += outcome.receivedBytes
  }

  /// Counts what others have counted too.
  mutating func add(_ other: LoadFigures) {
    latency.add(other.latency)
    failureLatency.add(other.failureLatency)
    for code in codes.indices { codes[code] += other.codes[code] }
    sentBytes += other.sentBytes
    receivedBytes += other.receivedBytes
  }
}

/// How one call came out.
struct LoadOutcome: Sendable {
  let status: StatusCode
  /// Nanoseconds from the moment at which the call was to start.
  let latency: Int64
  let sentBytes: Int
  let receivedBytes: Int
}

/// What a run has come to so far.
struct LoadState: Sendable {
  /// One for each kind of call.
  var kinds: [LoadFigures]
  /// Calls that were not made because as many as allowed were open.
  var dropped = 0
  /// Calls that were made more than `LoadTally.lateAfter` after their time.
  var late = 0
  var inFlight = 0
  /// When the last measured call came back; nil before the first.
  var lastEnd: Int64?
  /// The latencies since the last look.
  var recent = LatencyHistogram()
  var recentFailures = 0

  /// All kinds together.
  var total: LoadFigures {
    kinds.reduce(into: LoadFigures()) { total, kind in total.add(kind) }
  }
}

/// Counts the calls of a run as they start and end; what starts before `measuredFrom` warms up and
/// is left out.
final class LoadTally: Sendable {
  /// From how much delay on a start is late, in nanoseconds: then it is the load generator that
  /// does not keep up.
  static let lateAfter: Int64 = 1_000_000

  private let measuredFrom: Int64
  private let inFlightLimit: Int
  private let state: Mutex<LoadState>
  /// Who waits until no call is open.
  private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

  init(kinds: Int, measuredFrom: Int64, inFlightLimit: Int) {
    self.measuredFrom = measuredFrom
    self.inFlightLimit = inFlightLimit
    state = Mutex(LoadState(kinds: Array(repeating: LoadFigures(), count: kinds)))
  }

  /// Whether the call that was to start at `intended` may start now.
  func begin(intended: Int64, at now: Int64) -> Bool {
    state.withLock { state in
      let counts = intended >= measuredFrom
      guard state.inFlight < inFlightLimit else {
        if counts { state.dropped += 1 }
        return false
      }
      if counts, now - intended > Self.lateAfter { state.late += 1 }
      state.inFlight += 1
      return true
    }
  }

  /// The call that was to start at `intended` has ended.
  func end(kind: Int, intended: Int64, _ outcome: LoadOutcome) {
    let isLast = state.withLock { state in
      state.inFlight -= 1
      let isLast = state.inFlight == 0
      guard intended >= measuredFrom else { return isLast }
      state.kinds[kind].record(outcome)
      state.lastEnd = intended + outcome.latency
      if outcome.status == .ok {
        state.recent.record(outcome.latency)
      } else {
        state.recentFailures += 1
      }
      return isLast
    }
    if isLast { wake() }
  }

  /// Returns when no call is open; for one caller, after the last `begin`.
  func idle() async {
    await withCheckedContinuation { continuation in
      waiter.withLock { $0 = continuation }
      // The last call may have ended before anybody waited.
      if state.withLock({ $0.inFlight == 0 }) { wake() }
    }
  }

  private func wake() {
    let continuation = waiter.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
    continuation?.resume()
  }

  /// What there is, with what has come since the last look.
  func look() -> LoadState {
    state.withLock { state in
      let seen = state
      state.recent = LatencyHistogram()
      state.recentFailures = 0
      return seen
    }
  }
}
