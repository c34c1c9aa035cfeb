import MeshSQL

/// A field that a list may be filtered by: its name outside, its column inside, its type.
///
/// The column is written into the statement as it is: it is ours, never a caller's.
package struct FilterField: Sendable {
  enum Kind: Sendable {
    case text
    case uuid
    case boolean
    case timestamp
    /// Values by their names outside; compared only for equality.
    case enumeration([String: String])
  }

  let name: String
  let column: String
  let kind: Kind

  /// Text: `=` and `!=` compare, `:` finds a part whatever its case.
  package static func text(_ name: String, column: String) -> FilterField {
    FilterField(name: name, column: column, kind: .text)
  }

  /// A UUID column.
  package static func uuid(_ name: String, column: String) -> FilterField {
    FilterField(name: name, column: column, kind: .uuid)
  }

  /// `true` or `false`.
  package static func boolean(_ name: String, column: String) -> FilterField {
    FilterField(name: name, column: column, kind: .boolean)
  }

  /// RFC 3339, compared by time.
  package static func timestamp(_ name: String, column: String) -> FilterField {
    FilterField(name: name, column: column, kind: .timestamp)
  }

  /// One of `values`: the name outside, the text in the column.
  package static func enumeration(
    _ name: String, column: String, values: [String: String]
  ) -> FilterField {
    FilterField(name: name, column: column, kind: .enumeration(values))
  }

  /// The comparison as SQL; throws a sentence that names the field and the rule.
  func condition(_ comparison: Filter.Comparison, _ value: String) throws(FilterError) -> SQL {
    switch kind {
    case .text: return try textCondition(comparison, value)
    case .uuid:
      guard let uuid = SQLUUID(value) else { throw FilterError("\(name) takes a UUID") }
      return "\(unescaped: column) \(unescaped: try equality(comparison)) \(uuid)"
    case .boolean:
      guard let flag = ["true": true, "false": false][value] else {
        throw FilterError("\(name) takes true or false")
      }
      return "\(unescaped: column) \(unescaped: try equality(comparison)) \(flag)"
    case .timestamp:
      guard let micros = Timestamps.parse(value) else {
        throw FilterError("\(name) takes a time such as 2026-01-31T00:00:00Z")
      }
      guard comparison != .has else { throw FilterError("\(name) cannot be searched with :") }
      let time = SQLTimestamp(microseconds: micros)
      return "\(unescaped: column) \(unescaped: comparison.sql) \(time)"
    case .enumeration(let values):
      guard let stored = values[value] else {
        let names = values.keys.sorted().joined(separator: ", ")
        throw FilterError("\(name) takes one of \(names)")
      }
      return "\(unescaped: column) \(unescaped: try equality(comparison)) \(stored)"
    }
  }

  private func textCondition(
    _ comparison: Filter.Comparison, _ value: String
  ) throws(FilterError) -> SQL {
    guard comparison == .has else {
      return "\(unescaped: column) \(unescaped: try equality(comparison)) \(value)"
    }
    let escaped = value.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined()
    return "\(unescaped: column) ILIKE \("%\(escaped)%")"
  }

  private func equality(_ comparison: Filter.Comparison) throws(FilterError) -> String {
    switch comparison {
    case .equal, .notEqual: return comparison.sql
    default: throw FilterError("\(name) takes = and != only")
    }
  }
}

/// Why a filter is refused: a sentence for the caller.
package struct FilterError: Error, Sendable, Equatable {
  /// The sentence.
  package let rule: String

  init(_ rule: String) { self.rule = rule }
}
