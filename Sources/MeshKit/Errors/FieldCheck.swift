import MeshSQL

/// One thing that is wrong with a request: which field, and which rule it breaks.
package struct FieldViolation: Error, Sendable, Hashable {
  /// The field's name in the proto, for example `display_name`.
  package let field: String
  /// The whole sentence for the caller, for example `display_name is 81 characters; the limit is
  /// 80`.
  package let rule: String

  /// Names a field and the rule that it breaks.
  package init(_ field: String, _ rule: String) {
    self.field = field
    self.rule = rule
  }
}

/// Looks at the fields of a request and collects everything that is wrong with them.
///
/// Each look answers a usable value even for a bad field, so that one answer can name every fault;
/// `finish` throws before any of those values can be used.
package struct FieldCheck {
  private var violations: [FieldViolation] = []

  /// Starts with nothing wrong.
  package init() {}

  /// Notes `rule` against `field` unless `condition` holds.
  package mutating func require(
    _ condition: Bool, _ field: String, _ rule: @autoclosure () -> String
  ) {
    if !condition { violations.append(FieldViolation(field, rule())) }
  }

  /// The text without spaces around it; its length in characters must lie in `length`.
  ///
  /// Control characters are refused: what one operator types another one's terminal shows.
  package mutating func text(
    _ value: String, _ field: String, _ length: ClosedRange<Int>
  ) -> String {
    let text = String(value[...].trimmingSpace)
    if text.isEmpty, length.lowerBound > 0 {
      violations.append(FieldViolation(field, "\(field) is required"))
    } else if text.count < length.lowerBound {
      violations.append(
        FieldViolation(
          field, "\(field) is \(text.count) characters; at least \(length.lowerBound) are needed"))
    } else if text.count > length.upperBound {
      violations.append(
        FieldViolation(
          field, "\(field) is \(text.count) characters; the limit is \(length.upperBound)"))
    } else if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      violations.append(FieldViolation(field, "\(field) has a control character"))
    }
    return text
  }

  /// A UUID in its text form.
  package mutating func uuid(_ value: String, _ field: String) -> String {
    guard !value.isEmpty else {
      violations.append(FieldViolation(field, "\(field) is required"))
      return value
    }
    guard let uuid = SQLUUID(value) else {
      violations.append(FieldViolation(field, "\(field) is not a UUID: \"\(value.prefix(64))\""))
      return value
    }
    return uuid.description
  }

  /// A UUID, or nil when the field is empty.
  package mutating func optionalUUID(_ value: String, _ field: String) -> String? {
    value.isEmpty ? nil : uuid(value, field)
  }

  /// Notes faults that somebody else found.
  package mutating func add(_ violation: FieldViolation) { violations.append(violation) }

  /// Throws `INVALID_ARGUMENT` with every fault; returns when there is none.
  package func finish() throws {
    if !violations.isEmpty { throw RPCErrors.badRequest(violations) }
  }
}
