package import MeshRPC

/// Tells the metrics of calls, served and made.
package struct CallMetricSource: MetricSource {
  private let calls: CallMetrics

  /// Tells `calls`.
  package init(_ calls: CallMetrics) {
    self.calls = calls
  }

  /// gRFC A66's.
  package var metrics: [MetricDescriptor] { MetricDescriptor.server + MetricDescriptor.client }

  /// Adds a sample for each method, target and status that has occurred.
  package func collect(into page: inout MetricPage) async {
    let served = calls.served.map { Rows($0, []) }
    Self.add(
      served, to: &page, .serverStarted, .serverDuration, .serverSent, .serverReceived)
    let targets = calls.targets
    let attempts = targets.flatMap { target in
      target.attempts.map { Rows($0, [target.target]) }
    }
    Self.add(
      attempts, to: &page, .attemptStarted, .attemptDuration, .attemptSent, .attemptReceived)
    for target in targets {
      for rows in target.calls.map({ Rows($0, [target.target]) }) {
        for outcome in rows.outcomes {
          page.add(.callDuration, outcome.duration, scale: 1e9, labels: rows.labels(outcome))
        }
      }
    }
  }

  /// One method's figures, read once for all of its metrics.
  private struct Rows {
    let labels: [String]
    let started: Int
    let outcomes: [CallSeries.Outcome]

    init(_ series: CallSeries, _ more: [String]) {
      labels = [series.method] + more
      started = series.startedCount
      outcomes = series.outcomes
    }

    func labels(_ outcome: CallSeries.Outcome) -> [String] { labels + [outcome.code.name] }
  }

  private static func add(
    _ rows: [Rows], to page: inout MetricPage, _ started: MetricDescriptor,
    _ duration: MetricDescriptor, _ sent: MetricDescriptor, _ received: MetricDescriptor
  ) {
    for row in rows { page.add(started, row.started, labels: row.labels) }
    let sizes: [(MetricDescriptor, KeyPath<CallSeries.Outcome, HistogramSnapshot>, Double)] = [
      (duration, \.duration, 1e9), (sent, \.sent, 1), (received, \.received, 1),
    ]
    for (metric, histogram, scale) in sizes {
      for row in rows {
        for outcome in row.outcomes {
          page.add(metric, outcome[keyPath: histogram], scale: scale, labels: row.labels(outcome))
        }
      }
    }
  }
}
