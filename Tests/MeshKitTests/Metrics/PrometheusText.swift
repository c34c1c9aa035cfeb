import Testing

/// A page of metrics as a scraper reads it, by the rules of the text format: a family's HELP and
/// TYPE first, then its samples, and no family twice.
struct PrometheusText {
  struct Family {
    var kind: String
    var help: String
    var samples: [Sample] = []
  }

  struct Sample: Equatable {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  enum Fault: Error, Equatable { case line(Int, String) }

  private(set) var families: [String: Family] = [:]

  init(_ text: String) throws {
    var current = ""
    var help: [String: String] = [:]
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .enumerated()
    {
      func fault(_ why: String) -> Fault { .line(number + 1, "\(why): \(line)") }
      if line.hasPrefix("# HELP ") {
        let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
        guard words.count == 2, help.updateValue(String(words[1]), forKey: String(words[0])) == nil
        else { throw fault("HELP twice or empty") }
      } else if line.hasPrefix("# TYPE ") {
        let words = line.dropFirst(7).split(separator: " ").map(String.init)
        guard words.count == 2, let text = help[words[0]], families[words[0]] == nil,
          ["counter", "gauge", "histogram"].contains(words[1])
        else { throw fault("TYPE without HELP, twice or unknown") }
        current = words[0]
        families[current] = Family(kind: words[1], help: text)
      } else {
        guard let sample = Self.sample(line), var family = families[current],
          Self.belongs(sample.name, to: current, family.kind)
        else { throw fault("no sample of \(current)") }
        family.samples.append(sample)
        families[current] = family
      }
    }
    guard text.hasSuffix("\n") else { throw Fault.line(0, "the last line has no end") }
  }

  /// The values of a metric by its labels.
  func values(_ name: String, _ label: String = "grpc_method") -> [String: Double] {
    let samples = families.values.flatMap(\.samples).filter { $0.name == name }
    return Dictionary(samples.map { ($0.labels[label] ?? "", $0.value) }) { $0 + $1 }
  }

  private static func belongs(_ name: String, to family: String, _ kind: String) -> Bool {
    kind == "histogram"
      ? ["_bucket", "_sum", "_count"].map { family + $0 }.contains(name) : name == family
  }

  private static func sample(_ line: Substring) -> Sample? {
    let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
    guard let first = name.first, !first.isNumber else { return nil }
    var rest = line.dropFirst(name.count)
    var labels: [String: String] = [:]
    if rest.first == "{" {
      rest = rest.dropFirst()
      while rest.first != "}" {
        let label = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest = rest.dropFirst(label.count)
        guard !label.isEmpty, rest.hasPrefix("=\"") else { return nil }
        rest = rest.dropFirst(2)
        guard let value = quoted(&rest), labels.updateValue(value, forKey: String(label)) == nil
        else { return nil }
        if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { return nil }
      }
      rest = rest.dropFirst()
    }
    guard rest.first == " ", let value = Double(rest.dropFirst()) else { return nil }
    return Sample(name: String(name), labels: labels, value: value)
  }

  private static func quoted(_ rest: inout Substring) -> String? {
    var value = ""
    while let next = rest.popFirst() {
      switch next {
      case "\"": return value
      case "\\":
        switch rest.popFirst() {
        case "\\": value += "\\"
        case "\"": value += "\""
        case "n": value += "\n"
        default: return nil
        }
      default: value.append(next)
      }
    }
    return nil
  }
}
