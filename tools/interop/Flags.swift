/// A command line in the form of gRPC's interop programs: `--name=value` or `--name value`.
package struct Flags: Sendable {
  private var values: [String: String] = [:]

  /// A command line that cannot be read, in words.
  package struct Fault: Error, CustomStringConvertible {
    /// What is wrong with it.
    package let description: String
  }

  /// Reads arguments; only the flags in `known` may be there.
  ///
  /// A flag without a value, before another one or at the end, is `true`.
  package init(_ arguments: [String], known: Set<String>) throws(Fault) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        throw Fault(description: "\(argument) is no flag")
      }
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard known.contains(name) else {
        let names = known.sorted().map { "--\($0)" }.joined(separator: " ")
        throw Fault(description: "--\(name) is not known; there are \(names)")
      }
      if parts.count == 2 {
        values[name] = String(parts[1])
      } else if let next = rest.first, !next.hasPrefix("--") {
        values[name] = next
        rest.removeFirst()
      } else {
        values[name] = "true"
      }
    }
  }

  /// The flag's value; nil when it is absent or empty.
  package func text(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Whether the flag is there and not `false`.
  package func isOn(_ name: String) -> Bool { (values[name] ?? "false") != "false" }

  /// The flag's number, or the default.
  package func number(_ name: String, or standard: Int) throws(Fault) -> Int {
    guard let text = text(name) else { return standard }
    guard let number = Int(text), number >= 0 else {
      throw Fault(description: "--\(name)=\(text) is no number")
    }
    return number
  }

  /// The flag's value, which must be there.
  package func required(_ name: String) throws(Fault) -> String {
    guard let text = text(name) else { throw Fault(description: "--\(name) is missing") }
    return text
  }
}
