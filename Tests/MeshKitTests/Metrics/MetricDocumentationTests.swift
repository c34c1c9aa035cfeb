import Foundation
import Testing

@testable import MeshKit

@Suite("The documentation of metrics")
struct MetricDocumentationTests {
  @Test("lists every metric, with its kind, its labels and its sentence")
  func table() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "docs/observability.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("` | ") }
      .filter { row in MetricDescriptor.Kind.all.contains { row.contains("| \($0.rawValue) |") } }
    let expected = MetricDescriptor.all.map { metric in
      "| `\(metric.name)` | \(metric.kind.rawValue) | "
        + "\(metric.labels.map { "`\($0)`" }.joined(separator: " ")) | \(metric.help) |"
    }
    #expect(rows.map(String.init) == expected)
  }
}

extension MetricDescriptor.Kind {
  fileprivate static let all: [Self] = [.counter, .gauge, .histogram]
}
