/// What a load is: how many calls, how fast, for how long, within which limits.
struct LoadPlan: Sendable, Equatable {
  /// What decides when a call starts.
  enum Drive: Sendable, Equatable {
    /// The clock: so many calls each second, however slow the server is.
    case rate(Double)
    /// The answers: so many callers, each with one call after the other.
    case callers(Int)
  }

  /// Bounds of what can be asked for.
  enum Bounds {
    static let rate = 0.1...1_000_000.0
    static let callers = 1...100_000
    static let connections = 1...10_000
    static let inFlight = 1...1_000_000
    /// Milliseconds.
    static let duration: ClosedRange<Int64> = 100...86_400_000
    static let warmUp: ClosedRange<Int64> = 0...3_600_000
  }

  var drive: Drive
  var connections = 1
  /// Nanoseconds.
  var warmUp: Int64 = 1_000_000_000
  var duration: Int64 = 10_000_000_000
  var inFlightLimit = 10_000
  /// How long one call may take.
  var callTimeout = Duration.seconds(30)

  /// Reads the flags of a line; throws a failure of usage that names the flag.
  init(_ line: Line) throws(Failure) {
    switch (line.text("rate"), line.text("concurrency")) {
    case (_?, _?): throw .usage("--rate and --concurrency exclude each other")
    case (let rate?, nil):
      guard let number = Double(rate), Bounds.rate.contains(number) else {
        throw .usage("--rate takes calls per second, 0.1 to 1000000, not \"\(rate)\"")
      }
      drive = .rate(number)
    case (nil, let callers?):
      drive = .callers(try Self.number("concurrency", callers, Bounds.callers))
    case (nil, nil):
      throw .usage(
        "load needs --rate or --concurrency",
        notes: [
          "--rate 1000: a call each millisecond, whatever the server does",
          "--concurrency 100: as many callers, each waiting for its answer",
        ])
    }
    if let text = line.text("connections") {
      connections = try Self.number("connections", text, Bounds.connections)
    }
    if let text = line.text("max-in-flight") {
      inFlightLimit = try Self.number("max-in-flight", text, Bounds.inFlight)
    }
    if case .callers(let count) = drive { inFlightLimit = max(inFlightLimit, count) }
    if let text = line.text("duration") {
      duration = try Self.time("duration", text, Bounds.duration)
    }
    if let text = line.text("warm-up") { warmUp = try Self.time("warm-up", text, Bounds.warmUp) }
    callTimeout = try CallRun.timeout(line)
  }

  private static func number(
    _ flag: String, _ text: String, _ bounds: ClosedRange<Int>
  ) throws(Failure) -> Int {
    guard let number = Int(text), bounds.contains(number) else {
      throw .usage(
        "--\(flag) takes a number from \(bounds.lowerBound) to \(bounds.upperBound), not "
          + "\"\(text)\"")
    }
    return number
  }

  /// Nanoseconds.
  private static func time(
    _ flag: String, _ text: String, _ bounds: ClosedRange<Int64>
  ) throws(Failure) -> Int64 {
    guard let milliseconds = DurationText.milliseconds(text), bounds.contains(milliseconds) else {
      throw .usage(
        "--\(flag) takes a length of time from \(bounds.lowerBound)ms to "
          + "\(bounds.upperBound / 60_000)m, not \"\(text)\"")
    }
    return milliseconds * 1_000_000
  }
}
