import MeshRPC

/// Words and JSON for what a load has come to.
struct LoadReport: Sendable {
  let target: LoadTarget
  let plan: LoadPlan
  let mix: CallMix
  let result: LoadResult

  private static let percentiles: [(name: String, percent: Double)] = [
    ("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9),
  ]

  /// A line of progress.
  static func progress(_ second: Int, _ state: LoadState) -> String {
    let recent = state.recent
    return "\(second)s  \(recent.count + state.recentFailures)/s"
      + "  p50 \(milliseconds(recent.percentile(50)))  p99 \(milliseconds(recent.percentile(99)))"
      + "  max \(milliseconds(recent.max))  open \(state.inFlight)"
      + "  failed \(state.recentFailures)  dropped \(state.dropped)\n"
  }

  /// For people.
  var lines: [String] {
    let state = result.state
    let total = state.total
    var rows: [(String, String)] = [
      ("target", "\(target.description), connections: \(plan.connections)"),
      ("asked for", asked),
      ("achieved", "\(Self.number(result.achievedRate))/s, calls: \(total.completed)"),
      ("statuses", Self.statuses(total)),
      ("latency", Self.latencies(total.latency)),
    ]
    if total.failed > 0 { rows.append(("of failures", Self.latencies(total.failureLatency))) }
    if state.dropped > 0 {
      let limit = "more than \(plan.inFlightLimit) would have been open"
      rows.append(("not made", "\(state.dropped): \(limit)"))
    }
    if state.late > 0 {
      rows.append(("made late", "\(state.late): the load generator did not keep up"))
    }
    rows.append(("payload", "sent \(total.sentBytes) B, received \(total.receivedBytes) B"))
    let width = rows.map(\.0.count).max() ?? 0
    let table = rows.map { name, text in VisibleText.padded(name, to: width) + "  " + text }
    return mix.calls.count > 1 ? table + [""] + kinds : table
  }

  /// For programs: times in nanoseconds, rates in calls per second, in one line.
  var json: String {
    let state = result.state
    let total = state.total
    var members: [(name: String, value: String)] = [
      ("target", JSONText.string(target.description)), ("connections", "\(plan.connections)"),
    ]
    switch plan.drive {
    case .rate(let rate): members.append(("askedRate", "\(rate)"))
    case .callers(let count): members.append(("concurrency", "\(count)"))
    }
    members += [
      ("achievedRate", Self.number(result.achievedRate)), ("nanoseconds", "\(result.nanoseconds)"),
      ("dropped", "\(state.dropped)"), ("late", "\(state.late)"),
    ]
    members += Self.members(total)
    let kinds = zip(mix.calls, state.kinds).map { call, figures in
      JSONText.object(
        [
          (name: "method", value: JSONText.string(String(call.method.path.dropFirst()))),
          (name: "weight", value: "\(call.weight)"),
        ] + Self.members(figures))
    }
    members.append(("methods", "[\(kinds.joined(separator: ","))]"))
    return JSONText.object(members)
  }

  private var asked: String {
    let times =
      "for \(Self.seconds(plan.duration)) after \(Self.seconds(plan.warmUp)) of warm-up"
    return switch plan.drive {
    case .rate(let rate): "\(Self.number(rate))/s \(times)"
    case .callers(let count): "callers: \(count), \(times)"
    }
  }

  private var kinds: [String] {
    zip(mix.calls, result.state.kinds).map { call, figures in
      "\(call.method.path.dropFirst())  calls: \(figures.completed), failed: \(figures.failed)  "
        + Self.latencies(figures.latency)
    }
  }

  private static func members(_ figures: LoadFigures) -> [(name: String, value: String)] {
    let statuses = ordered(figures.statuses).map { (name: $0.name, value: "\($1)") }
    return [
      ("calls", "\(figures.completed)"), ("failed", "\(figures.failed)"),
      ("statuses", JSONText.object(statuses)), ("latency", object(figures.latency)),
      ("failureLatency", object(figures.failureLatency)),
      ("sentBytes", "\(figures.sentBytes)"), ("receivedBytes", "\(figures.receivedBytes)"),
    ]
  }

  private static func object(_ latency: LatencyHistogram) -> String {
    guard latency.count > 0 else { return "null" }
    let middle = percentiles.map { name, percent in
      (name: name.replacing(".", with: ""), value: "\(latency.percentile(percent))")
    }
    return JSONText.object(
      [(name: "min", value: "\(latency.min)"), (name: "mean", value: "\(latency.mean)")] + middle
        + [(name: "max", value: "\(latency.max)")])
  }

  private static func latencies(_ latency: LatencyHistogram) -> String {
    guard latency.count > 0 else { return "none" }
    let named =
      [("min", latency.min), ("mean", latency.mean)]
      + percentiles.map { ($0.name, latency.percentile($0.percent)) } + [("max", latency.max)]
    return named.map { "\($0) \(milliseconds($1))" }.joined(separator: "  ")
  }

  private static func statuses(_ figures: LoadFigures) -> String {
    let texts = ordered(figures.statuses).map { "\($0.name) \($1)" }
    return texts.isEmpty ? "none" : texts.joined(separator: ", ")
  }

  private static func ordered(_ statuses: [StatusCode: Int]) -> [(StatusCode, Int)] {
    statuses.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
  }

  /// Three decimals: microseconds still show.
  private static func milliseconds(_ nanoseconds: Int64) -> String {
    "\(decimal(nanoseconds, of: 1_000_000, digits: 3))ms"
  }

  private static func seconds(_ nanoseconds: Int64) -> String {
    nanoseconds % 1_000_000_000 == 0
      ? "\(nanoseconds / 1_000_000_000)s" : "\(nanoseconds / 1_000_000)ms"
  }

  /// One decimal.
  private static func number(_ value: Double) -> String {
    decimal(Int64((value * 10).rounded()), of: 10, digits: 1)
  }

  private static func decimal(_ value: Int64, of unit: Int64, digits: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<digits { scale *= 10 }
    let rest = "\(value % unit * scale / unit)"
    return "\(value / unit)." + String(repeating: "0", count: digits - rest.count) + rest
  }
}
