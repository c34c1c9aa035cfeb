/// Something that has figures to tell at each scrape.
package protocol MetricSource: Sendable {
  /// The metrics that it tells.
  var metrics: [MetricDescriptor] { get }
  /// Adds its figures as of now to the page, each metric's samples together.
  func collect(into page: inout MetricPage) async
}

/// All sources of a process, and the page that they make.
package struct MetricSources: Sendable {
  private let sources: [any MetricSource]

  /// Gathers `sources`, whose metrics must differ.
  package init(_ sources: [any MetricSource]) {
    let names = sources.flatMap(\.metrics).map(\.name)
    precondition(Set(names).count == names.count, "a metric has one source")
    self.sources = sources
  }

  /// The metrics of all of them.
  package var metrics: [MetricDescriptor] { sources.flatMap(\.metrics) }

  /// The page as of now.
  package func page() async -> MetricPage {
    var page = MetricPage()
    for source in sources { await source.collect(into: &page) }
    return page
  }
}
