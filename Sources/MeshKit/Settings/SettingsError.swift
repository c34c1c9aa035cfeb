/// What is wrong with a process's settings.
package enum SettingsError: Error, Sendable, Equatable {
  /// A value breaks its setting's rule.
  case malformed(name: String, rule: String)
  /// The file names a setting that does not exist.
  case unknown(name: String, line: Int)
  /// A line of the file is not `name = value`.
  case badLine(Int)
  /// A setting without a default was not set.
  case missing(name: String, variable: String)
  /// The file cannot be read.
  case unreadable(path: String, reason: String)
}

extension SettingsError: CustomStringConvertible {
  /// The setting and the rule.
  package var description: String {
    switch self {
    case .malformed(let name, let rule): "\(name) \(rule)"
    case .unknown(let name, let line): "line \(line): there is no setting \(name)"
    case .badLine(let line): "line \(line) is not `name = value`"
    case .missing(let name, let variable):
      "\(name) is required; set it in the file or as \(variable)"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    }
  }
}
