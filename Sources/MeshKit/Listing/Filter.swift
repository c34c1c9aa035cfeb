import MeshRPC
package import MeshSQL

/// A list's filter, as AIP-160 writes it, turned into a condition.
///
/// Comparisons `= != < <= > >= :`, joined by `AND`, `OR`, `NOT` or `-`, with parentheses. As in
/// AIP-160, `OR` binds tighter than `AND`. At most 20 comparisons over declared fields.
package struct Filter: Sendable {
  /// The most comparisons in one filter.
  package static let termLimit = 20
  /// The longest filter, in bytes of UTF-8.
  package static let lengthLimit = 4096
  /// The deepest nesting of parentheses.
  package static let depthLimit = 10

  /// How a field is compared.
  enum Comparison: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    /// `:`
    case has

    var sql: String {
      switch self {
      case .equal: "="
      case .notEqual: "<>"
      case .less: "<"
      case .lessOrEqual: "<="
      case .greater: ">"
      case .greaterOrEqual: ">="
      case .has: "ILIKE"
      }
    }
  }

  /// The condition; `TRUE` for an empty filter.
  package let sql: SQL

  /// Reads `text`; whatever is wrong with it is `INVALID_ARGUMENT` on the field `filter`.
  package init(_ text: String, fields: [FilterField]) throws {
    do throws(FilterError) {
      var parser = try FilterParser(text, fields: fields)
      sql = try parser.parse()
    } catch {
      throw RPCErrors.badRequest([FieldViolation("filter", "filter: \(error.rule)")])
    }
  }
}
