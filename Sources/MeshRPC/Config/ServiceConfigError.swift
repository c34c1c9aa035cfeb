/// Why a service config cannot be used.
package struct ServiceConfigError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The field, as the JSON form spells it, for example `methodConfig[0].retryPolicy.maxAttempts`.
  package let field: String
  /// What the field breaks.
  package let rule: String

  /// Says which rule `field` breaks.
  package init(_ field: String, _ rule: String) {
    self.field = field
    self.rule = rule
  }

  /// The error for a reader who sees `parent` around the field.
  package func within(_ parent: String) -> ServiceConfigError {
    ServiceConfigError("\(parent).\(field)", rule)
  }

  /// The field and the rule.
  package var description: String { "\(field): \(rule)" }
}
