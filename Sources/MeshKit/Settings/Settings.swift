/// A process's settings with where each value came from.
package struct Settings: Sendable {
  /// Where a value came from.
  package enum Source: String, Sendable {
    /// Nobody said anything.
    case standard = "default"
    /// The settings file.
    case file
    /// An environment variable.
    case environment
  }

  /// One setting as it holds.
  package struct Entry: Sendable {
    /// What it is.
    package let declaration: SettingDeclaration
    /// The value as it is written; nil when it has none.
    package let text: String?
    /// Where the value came from.
    package let source: Source

    /// The value for people's eyes: secrets are masked.
    package var shown: String {
      guard let text else { return "(not set)" }
      return declaration.isSecret && !text.isEmpty ? "********" : text
    }
  }

  /// Every setting that was declared, in order.
  package let entries: [Entry]
  private let values: [String: String]

  /// Reads the settings that are `declared`; a value that breaks its rule or an unknown name
  /// throws.
  package init(
    declared: [SettingDeclaration], file: String?, environment: [String: String]
  ) throws(SettingsError) {
    let fromFile = try file.map { text throws(SettingsError) in try Self.parse(text, declared) }
    var entries: [Entry] = []
    var values: [String: String] = [:]
    for declaration in declared {
      let entry =
        if let text = environment[declaration.variable] {
          Entry(declaration: declaration, text: text, source: .environment)
        } else if let text = fromFile?[declaration.name] {
          Entry(declaration: declaration, text: text, source: .file)
        } else {
          Entry(declaration: declaration, text: declaration.fallback, source: .standard)
        }
      if let text = entry.text, entry.source != .standard { try declaration.validate(text) }
      values[declaration.name] = entry.text
      entries.append(entry)
    }
    self.entries = entries
    self.values = values
  }

  /// The value of `setting`, which must have been declared; throws when it has none.
  package subscript<Value>(_ setting: Setting<Value>) -> Value {
    get throws(SettingsError) {
      guard let text = values[setting.name] else {
        throw .missing(name: setting.name, variable: setting.variable)
      }
      return try setting.read(text)
    }
  }

  /// Reads `name = value` lines; `#` starts a comment line.
  private static func parse(
    _ text: String, _ declared: [SettingDeclaration]
  ) throws(SettingsError) -> [String: String] {
    let names = Set(declared.map(\.name))
    var values: [String: String] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.trimmingSpace
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let equals = line.firstIndex(of: "=") else { throw .badLine(index + 1) }
      let name = String(line[..<equals].trimmingSpace)
      guard names.contains(name) else { throw .unknown(name: name, line: index + 1) }
      values[name] = String(line[line.index(after: equals)...].trimmingSpace)
    }
    return values
  }
}

extension Substring {
  /// The text without spaces and tabs at its ends.
  package var trimmingSpace: Substring {
    var trimmed = self
    while let first = trimmed.first, first.isWhitespace { trimmed.removeFirst() }
    while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
    return trimmed
  }
}
