/// One knob of a process, written down once: name, default, bounds, unit, and why that default.
///
/// Its value comes from the environment (`TENANTRY_<NAME>`), else from the file (`name = value`),
/// else it is the default.
package struct Setting<Value: SettingValue>: Sendable {
  /// Lower case with hyphens, for example `display-name-limit`.
  package let name: String
  /// What holds when nobody says anything; nil when somebody must.
  package let fallback: Value?
  /// What a value counts, for example `characters`; empty for text.
  package let unit: String
  /// Why the default is what it is, or what the knob is for.
  package let why: String
  /// The value is never shown.
  package let isSecret: Bool
  /// The variable that is read instead of `TENANTRY_<NAME>`.
  package let variable: String
  let check: @Sendable (Value) -> String?

  /// Writes down a knob that may be left alone.
  package init(
    _ name: String, default fallback: Value?, unit: String = "", why: String,
    isSecret: Bool = false, variable: String? = nil,
    check: @escaping @Sendable (Value) -> String? = { _ in nil }
  ) {
    self.name = name
    self.fallback = fallback
    self.unit = unit
    self.why = why
    self.isSecret = isSecret
    self.variable =
      variable ?? "TENANTRY_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    self.check = check
  }

  /// The knob without its type, for lists of knobs.
  package var declaration: SettingDeclaration {
    SettingDeclaration(
      name: name, variable: variable, fallback: fallback?.settingText, unit: unit, why: why,
      isSecret: isSecret
    ) { text throws(SettingsError) in _ = try read(text) }
  }

  func read(_ text: String) throws(SettingsError) -> Value {
    guard let value = Value(settingText: text) else {
      throw .malformed(name: name, rule: "must be \(Value.settingForm)")
    }
    if let broken = check(value) { throw .malformed(name: name, rule: broken) }
    return value
  }
}

extension Setting where Value: Comparable {
  /// Writes down a knob with bounds.
  package init(
    _ name: String, default fallback: Value?, in bounds: ClosedRange<Value>, unit: String = "",
    why: String, variable: String? = nil
  ) {
    self.init(name, default: fallback, unit: unit, why: why, variable: variable) { value in
      bounds.contains(value)
        ? nil : "must be \(bounds.lowerBound.settingText) to \(bounds.upperBound.settingText)"
    }
  }
}

/// A knob without its type.
package struct SettingDeclaration: Sendable {
  /// The knob's name.
  package let name: String
  /// The environment variable that sets it.
  package let variable: String
  /// The default as it would be written; nil when somebody must say.
  package let fallback: String?
  /// What a value counts.
  package let unit: String
  /// What the knob is for.
  package let why: String
  /// The value is never shown.
  package let isSecret: Bool
  let validate: @Sendable (String) throws(SettingsError) -> Void
}

/// A type that a setting can have.
package protocol SettingValue: Sendable {
  /// Reads a value as it is written in files and variables; nil when it is none.
  init?(settingText: String)
  /// The value as it is written.
  var settingText: String { get }
  /// What a value looks like, for messages.
  static var settingForm: String { get }
}

extension Int: SettingValue {
  /// Reads what files and variables say.
  package init?(settingText: String) { self.init(settingText) }
  /// As files and variables say it.
  package var settingText: String { String(self) }
  /// For messages about other text.
  package static var settingForm: String { "a whole number" }
}

extension Double: SettingValue {
  /// Reads what files and variables say; infinities and the like are none.
  package init?(settingText: String) {
    guard let value = Double(settingText), value.isFinite else { return nil }
    self = value
  }
  /// As files and variables say it.
  package var settingText: String { String(self) }
  /// For messages about other text.
  package static var settingForm: String { "a number" }
}

extension String: SettingValue {
  /// Reads what files and variables say.
  package init?(settingText: String) { self = settingText }
  /// As files and variables say it.
  package var settingText: String { self }
  /// For messages about other text.
  package static var settingForm: String { "text" }
}

extension Bool: SettingValue {
  /// Reads what files and variables say.
  package init?(settingText: String) {
    switch settingText {
    case "true", "yes", "on", "1": self = true
    case "false", "no", "off", "0": self = false
    default: return nil
    }
  }
  /// As files and variables say it.
  package var settingText: String { self ? "true" : "false" }
  /// For messages about other text.
  package static var settingForm: String { "true or false" }
}

extension Duration: SettingValue {
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// Reads what files and variables say.
  package init?(settingText: String) {
    let digits = settingText.prefix { $0.isNumber && $0.isASCII }
    let suffix = settingText.dropFirst(digits.count)
    guard let count = Int64(digits), let unit = Self.units.first(where: { $0.suffix == suffix })
    else { return nil }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflow else { return nil }
    self = .milliseconds(milliseconds)
  }

  /// As files and variables say it.
  package var settingText: String {
    let (seconds, attoseconds) = components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    let unit =
      Self.units.last { milliseconds != 0 && milliseconds % $0.milliseconds == 0 } ?? Self.units[0]
    return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
  }

  /// For messages about other text.
  package static var settingForm: String { "a duration such as 500ms, 30s, 15m, 24h or 30d" }
}
