package import MeshRPC

/// One scrape in Prometheus's text form, version 0.0.4 (prometheus.io, "Exposition formats").
///
/// Families come one after another: all samples of a metric are added before the next metric's.
package struct MetricPage: Sendable {
  /// What the page is served as.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private var text = ""
  private var current: MetricDescriptor?
  private var told: Set<String> = []

  /// An empty page.
  package init() {}

  /// The page's bytes.
  package var bytes: [UInt8] { Array(text.utf8) }

  /// Adds one sample; `labels` are the values of the metric's labels in their order.
  package mutating func add(
    _ metric: MetricDescriptor, _ value: Double, labels: [String] = []
  ) {
    begin(metric)
    write(metric.name, metric.labels, labels, Self.number(value))
  }

  /// Adds one sample.
  package mutating func add(
    _ metric: MetricDescriptor, _ value: Int, labels: [String] = []
  ) {
    begin(metric)
    write(metric.name, metric.labels, labels, String(value))
  }

  /// Adds a histogram whose values are counted in units of `1 / scale`.
  package mutating func add(
    _ metric: MetricDescriptor, _ histogram: HistogramSnapshot, scale: Double, labels: [String]
  ) {
    begin(metric)
    let names = metric.labels + ["le"]
    var total = 0
    for (bound, count) in zip(histogram.buckets.bounds, histogram.counts) {
      total += count
      let edge = Self.number(Double(bound) / scale)
      write(metric.name + "_bucket", names, labels + [edge], String(total))
    }
    // From the same counts as the buckets: what is added meanwhile must not tear them apart.
    total += histogram.counts.last ?? 0
    write(metric.name + "_bucket", names, labels + ["+Inf"], String(total))
    write(
      metric.name + "_sum", metric.labels, labels, Self.number(Double(histogram.sum) / scale))
    write(metric.name + "_count", metric.labels, labels, String(total))
  }

  private mutating func begin(_ metric: MetricDescriptor) {
    guard metric != current else { return }
    precondition(told.insert(metric.name).inserted, "a metric's samples stand together")
    current = metric
    let help = Self.escaped(metric.help, quotes: false)
    text += "# HELP \(metric.name) \(help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
  }

  private mutating func write(
    _ name: String, _ labelNames: [String], _ labels: [String], _ value: String
  ) {
    precondition(labelNames.count == labels.count, "each label has a value")
    text += name
    if !labels.isEmpty {
      text += "{"
      for (index, (label, value)) in zip(labelNames, labels).enumerated() {
        text += "\(index == 0 ? "" : ",")\(label)=\"\(Self.escaped(value, quotes: true))\""
      }
      text += "}"
    }
    text += " \(value)\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  /// Not by `replacing`, which brings Swift's regular expressions into every process.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\".unicodeScalars
      case "\n": escaped += "\\n".unicodeScalars
      case "\"" where quotes: escaped += "\\\"".unicodeScalars
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
