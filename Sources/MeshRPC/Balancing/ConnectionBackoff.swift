/// The pauses between attempts to connect (gRPC core, `doc/connection-backoff.md`).
package struct ConnectionBackoff: Sendable, Equatable {
  /// The numbers of the pauses.
  package struct Config: Sendable, Equatable {
    /// The pause after the first failure.
    package var initial = Duration.milliseconds(50)
    /// What each failure multiplies the pause by.
    package var multiplier = 1.6
    /// The longest pause, before jitter.
    package var longest = Duration.seconds(1)
    /// How far a pause may lie from its nominal length, as a share of it.
    package var jitter = 0.2

    /// The mesh's pauses: neighbours that restart are back in milliseconds.
    package init() {}

    /// gRPC's own pauses, made for the internet: 1 s to 120 s.
    package static let grpc: Config = {
      var config = Config()
      config.initial = .seconds(1)
      config.longest = .seconds(120)
      return config
    }()
  }

  private let config: Config
  private var nominal: Duration

  /// Starts with the first pause.
  package init(_ config: Config = Config()) {
    precondition(config.multiplier >= 1 && (0..<1).contains(config.jitter), "pauses grow")
    self.config = config
    nominal = config.initial
  }

  /// The pause before the next attempt; the one after it is longer.
  package mutating func next(_ random: inout some RandomNumberGenerator) -> Duration {
    let pause = min(nominal, config.longest)
    nominal = min(nominal * config.multiplier, config.longest)
    return pause * Double.random(in: (1 - config.jitter)...(1 + config.jitter), using: &random)
  }

  /// Begins anew: the server has shown that it works.
  package mutating func reset() { nominal = config.initial }
}
