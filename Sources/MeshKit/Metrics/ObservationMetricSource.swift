/// Tells how the watchers of calls do: what they had to leave out.
package struct ObservationMetricSource: MetricSource {
  private let observatory: Observatory
  private let export: ExportSpans?

  /// Tells of `observatory`, and of `export` where traces are on.
  package init(_ observatory: Observatory, export: ExportSpans?) {
    self.observatory = observatory
    self.export = export
  }

  /// The access log's, the traces' and the taps'.
  package var metrics: [MetricDescriptor] { MetricDescriptor.observation }

  /// Adds the figures; without traces theirs are absent.
  package func collect(into page: inout MetricPage) async {
    page.add(.accessLogSkipped, observatory.accessLog.skipped)
    if let tracer = observatory.tracer, let export {
      let total = export.total
      page.add(.traceSpansExported, total.exported)
      page.add(.traceSpansDropped, tracer.queue.dropped, labels: ["queue_full"])
      page.add(.traceSpansDropped, total.dropped, labels: ["not_taken"])
    }
    page.add(.taps, observatory.taps.count)
    page.add(.tapSkipped, observatory.taps.skipped)
  }
}
