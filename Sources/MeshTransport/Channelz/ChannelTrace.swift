package import MeshIO
import MeshRPC

/// The last things that have become of a channel or of its way to one address.
package struct ChannelTrace: Sendable, Equatable {
  /// One of them.
  package struct Event: Sendable, Equatable {
    /// When it was.
    package let time: MonotonicTime
    /// One line, lower case, without a full stop.
    package let text: String
    /// Whether it keeps calls from going out.
    package let isWarning: Bool
  }

  /// When there was nothing yet to tell.
  package let created: MonotonicTime
  /// How much was told in all, what is forgotten included.
  package private(set) var logged = 0
  /// The last events, the oldest first.
  package private(set) var events: [Event] = []
  private let limit: Int
  /// The state that was told last.
  private var state = ConnectivityState.idle

  /// Keeps the last `limit` events.
  init(limit: Int, at now: MonotonicTime) {
    self.limit = limit
    created = now
  }

  /// Notes an event and forgets the oldest if there are too many.
  mutating func note(_ text: String, isWarning: Bool = false, at now: MonotonicTime) {
    logged += 1
    if events.count >= limit, !events.isEmpty { events.removeFirst() }
    // A loop's clock stands still during a turn, in which the channel may have been made.
    let time = max(now, created)
    if limit > 0 { events.append(Event(time: time, text: text, isWarning: isWarning)) }
  }

  /// Notes how it stands, if that is another state than before; `problem` says why calls cannot go
  /// out.
  mutating func note(
    _ new: ConnectivityState, problem: String? = nil, at now: MonotonicTime
  ) {
    guard new != state else { return }
    state = new
    let isWarning = new == .transientFailure
    note(isWarning ? problem ?? new.text : new.text, isWarning: isWarning, at: now)
  }

  /// The traces of several loops as one of the same length; nil of none.
  static func merged(_ traces: [ChannelTrace]) -> ChannelTrace? {
    guard var merged = traces.min(by: { $0.created < $1.created }) else { return nil }
    merged.logged = traces.reduce(0) { $0 + $1.logged }
    let all = traces.flatMap(\.events).sorted { $0.time < $1.time }
    merged.events = Array(all.suffix(merged.limit))
    return merged
  }
}

extension ConnectivityState {
  /// gRPC's word for it, in lower case.
  fileprivate var text: String {
    switch self {
    case .idle: "idle"
    case .connecting: "connecting"
    case .ready: "ready"
    case .transientFailure: "transient failure"
    case .shutdown: "shutdown"
    }
  }
}
