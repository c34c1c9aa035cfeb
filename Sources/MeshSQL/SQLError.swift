/// Everything that can go wrong between a caller and PostgreSQL.
///
/// Messages are for the log: they may quote data. A client gets the service's own words.
@usableFromInline
package enum SQLError: Error, Sendable, Equatable {
  // The world's fault: trying again later may work.

  /// The connection died while the work was in flight; whether it took effect is unknown.
  case connectionLost(String)
  /// No connection could be made in time; nothing was sent.
  case unavailable(String)
  /// A limit in time passed: waiting for a connection, for a lock, or for the statement to end.
  case timeout
  /// As many callers wait for a connection as the configuration allows.
  case saturated
  /// The transaction lost against another one and was rolled back: run it again.
  case serialization
  /// The task was cancelled and the work did not take effect.
  case cancelled
  /// The database was shut down in this process.
  case closed

  // The caller's fault: the same call fails again.

  /// A constraint refused the change; `name` is the constraint, or the column for `notNull`.
  case constraint(kind: ConstraintKind, name: String)
  /// Any other error of the server's.
  case server(sqlstate: String, message: String)

  // Our own fault.

  /// The statement or the configuration cannot be used at all.
  case invalid(String)
  /// A column is not there or does not hold what the code expects.
  case decoding(column: String, reason: DecodingReason)
  /// The result does not have the promised number of rows.
  case rowCount(expected: Int, found: Int)
  /// The result takes more memory than the configuration allows; the statement took effect.
  case tooLarge(bytes: Int, limit: Int)
}

/// The kinds of constraint that SQLSTATE class 23 tells apart.
@usableFromInline
package enum ConstraintKind: Sendable, Equatable {
  case unique, foreignKey, check, notNull, exclusion
}

/// Why a column could not be decoded.
@usableFromInline
package enum DecodingReason: Sendable, Equatable {
  /// No column has that name or number.
  case missing
  /// The field itself is unsuitable.
  case cell(CellError)
}

extension SQLError {
  /// Whether the same work may succeed when it is run again, unchanged.
  ///
  /// After `connectionLost` the work may already have taken effect: repeat only what is idempotent.
  package var isTransient: Bool {
    switch self {
    case .connectionLost, .unavailable, .timeout, .saturated, .serialization: true
    case .cancelled, .closed, .constraint, .server, .invalid, .decoding, .rowCount, .tooLarge: false
    }
  }

  /// What the server reports about an error, field by field.
  struct Report: Sendable, Equatable {
    var sqlstate: String
    var message: String
    var constraint: String = ""
    var column: String = ""
  }

  /// Sorts a server's error by its SQLSTATE (PostgreSQL manual, appendix A).
  ///
  /// - Parameters:
  ///   - report: the error's fields.
  ///   - cancelRequested: whether we asked the server to cancel, which 57014 alone does not tell.
  init(_ report: Report, cancelRequested: Bool = false) {
    switch report.sqlstate {
    case "23505": self = .constraint(kind: .unique, name: report.constraint)
    case "23503": self = .constraint(kind: .foreignKey, name: report.constraint)
    case "23514": self = .constraint(kind: .check, name: report.constraint)
    case "23502": self = .constraint(kind: .notNull, name: report.column)
    case "23P01": self = .constraint(kind: .exclusion, name: report.constraint)
    case "40001", "40P01": self = .serialization
    case "57014": self = cancelRequested ? .cancelled : .timeout
    case "55P03": self = .timeout
    case "57P01", "57P02", "57P03", "57P04", "57P05", "25P03":
      self = .connectionLost(report.message)
    case "53300": self = .unavailable(report.message)
    case let state where state.hasPrefix("08"): self = .connectionLost(report.message)
    default: self = .server(sqlstate: report.sqlstate, message: report.message)
    }
  }
}

extension SQLError: CustomStringConvertible {
  /// One line for the log.
  @usableFromInline
  package var description: String {
    switch self {
    case .connectionLost(let message): "connection to PostgreSQL lost: \(message)"
    case .unavailable(let message): "PostgreSQL is unavailable: \(message)"
    case .timeout: "PostgreSQL did not answer in time"
    case .saturated: "too many callers wait for a PostgreSQL connection"
    case .serialization: "the transaction lost against a concurrent one"
    case .cancelled: "the statement was cancelled"
    case .closed: "the database is shut down"
    case .constraint(let kind, let name): "\(kind) constraint \(name) is violated"
    case .server(let sqlstate, let message): "PostgreSQL says \(sqlstate): \(message)"
    case .invalid(let message): "invalid statement: \(message)"
    case .decoding(let column, let reason): "column \(column) cannot be read: \(reason)"
    case .rowCount(let expected, let found): "expected \(expected) rows, found \(found)"
    case .tooLarge(let bytes, let limit): "the result takes \(bytes) bytes; the limit is \(limit)"
    }
  }
}
