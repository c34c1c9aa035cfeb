/// A metric as dashboards know it: its name, what it counts, and its labels.
package struct MetricDescriptor: Sendable, Hashable {
  /// How a metric behaves.
  package enum Kind: String, Sendable {
    /// Only rises, until the process starts again.
    case counter
    /// Rises and falls.
    case gauge
    /// Counts of values by size.
    case histogram
  }

  /// In Prometheus's form, unit and `_total` included.
  package let name: String
  /// How it behaves.
  package let kind: Kind
  /// The names of its labels.
  package let labels: [String]
  /// What it counts, one sentence.
  package let help: String

  /// Describes a metric.
  package init(_ name: String, _ kind: Kind, labels: [String] = [], help: String) {
    self.name = name
    self.kind = kind
    self.labels = labels
    self.help = help
  }
}

extension MetricDescriptor {
  /// Every metric of MeshKit, in the order of the page.
  package static let all =
    server + client + observation + mesh + loops + database + process

  static let server: [MetricDescriptor] = [
    .serverStarted, .serverDuration, .serverSent, .serverReceived,
  ]
  static let client: [MetricDescriptor] = [
    .attemptStarted, .attemptDuration, .attemptSent, .attemptReceived, .callDuration,
  ]
  static let observation: [MetricDescriptor] = [
    .accessLogSkipped, .traceSpansExported, .traceSpansDropped, .taps, .tapSkipped,
  ]
  static let mesh: [MetricDescriptor] = [
    .serving, .connections, .ledgerAge, .outboxDepth, .outboxAge,
  ]
  static let loops: [MetricDescriptor] = [
    .loopLag, .loopTurns, .loopEvents, .loopJobs, .loopWakeups, .loopTimers, .offloadWaiting,
    .offloadThreads,
  ]
  static let database: [MetricDescriptor] = [
    .databaseConnections, .databaseIdle, .databaseWaiting, .databaseReadsInFlight,
    .databaseReadsWaiting,
  ]
  static let process: [MetricDescriptor] = [
    .processCPU, .processMemory, .processVirtual, .processDescriptors, .processDescriptorLimit,
    .processStart,
  ]
}
