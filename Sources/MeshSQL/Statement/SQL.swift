/// A statement and its parameters, written as one interpolated string.
///
/// `"SELECT name FROM tenants WHERE id = \(id)"` becomes the text `… WHERE id = $1` and one
/// parameter, so the plain way to write a query is the safe one. Raw text goes in only by
/// `\(unescaped:)`, a name by `\(identifier:)`, another fragment by `\(sql:)`.
///
/// The text is the key of the prepared-statement cache: keep values out of it. PostgreSQL allows
/// 65535 parameters; pass long lists as one array and `unnest` it.
package struct SQL: Sendable {
  private(set) var text: String
  private(set) var parameters: [Parameter]
  private(set) var bytes: SQLBuffer

  /// One encoded parameter: where its bytes lie and where its `$n` stands in the text.
  struct Parameter: Sendable, Equatable {
    var type: SQLType
    var start: Int
    /// The number of bytes, or -1 for NULL.
    var length: Int
    /// The UTF-8 offset of the `$` in the text.
    var placeholder: Int
  }

  /// Bytes that most parameters need no more than: a UUID as text, with the zero behind it.
  private static let usualSize = 40

  /// The most parameters that one statement may carry, by the width of the wire format's counter.
  static let parameterLimit = 65_535

  /// The text with `$n` placeholders, as PostgreSQL sees it.
  package var statement: String { text }

  /// The number of parameters.
  package var parameterCount: Int { parameters.count }

  /// An empty fragment to append to.
  package init() {
    text = ""
    parameters = []
    bytes = SQLBuffer()
  }

  /// Adds a fragment to the end, renumbering its parameters.
  package mutating func append(_ other: SQL) {
    let source = other.text.utf8
    var copied = source.startIndex
    for parameter in other.parameters {
      let dollar = source.index(source.startIndex, offsetBy: parameter.placeholder)
      text += other.text[copied..<dollar]
      var moved = parameter
      moved.start += bytes.count
      appendPlaceholder(moved)
      copied = source.index(after: dollar)
      while copied < source.endIndex, (0x30...0x39).contains(source[copied]) {
        copied = source.index(after: copied)
      }
    }
    text += other.text[copied...]
    bytes.append(other.bytes)
  }

  /// Adds raw text; never text that came from outside.
  package mutating func append(unescaped raw: String) {
    text += raw
  }

  /// Adds a value as the next parameter.
  package mutating func append(_ value: borrowing some SQLEncodable) {
    appendPlaceholder(encode(value))
  }

  /// The same statement about another value: its text, written once, is shared.
  ///
  /// For a statement that is run all the time; `\(parameter:)` leaves the value open. The statement
  /// has this one parameter, of this type.
  package func with<Value: SQLEncodable>(_ value: borrowing Value) -> SQL {
    precondition(parameters.count == 1 && parameters[0].type == Value.sqlType)
    var sql = SQL()
    sql.text = text
    sql.bytes.reserve(Self.usualSize)
    var parameter = sql.encode(value)
    parameter.placeholder = parameters[0].placeholder
    sql.parameters = [parameter]
    return sql
  }

  /// Encodes a value; where it stands in the text is still open.
  private mutating func encode<Value: SQLEncodable>(_ value: borrowing Value) -> Parameter {
    let start = bytes.count
    let isNull = value.isNull
    if !isNull { value.encode(into: &bytes) }
    let type = Value.sqlType
    let length = isNull ? -1 : bytes.count - start
    // A text parameter goes to libpq as a C string.
    if type.format == .text { bytes.appendTerminator() }
    return Parameter(type: type, start: start, length: length, placeholder: 0)
  }

  private mutating func appendPlaceholder(_ parameter: Parameter) {
    var parameter = parameter
    parameter.placeholder = text.utf8.count
    parameters.append(parameter)
    text += "$"
    text += String(parameters.count)
  }

  fileprivate mutating func reserve(text: Int, parameters: Int) {
    self.text.reserveCapacity(text + parameters * 3)
    self.parameters.reserveCapacity(parameters)
    bytes.reserve(parameters * Self.usualSize)
  }

  /// What makes the statement impossible to send, if anything does.
  var defect: SQLError? {
    if parameters.count > Self.parameterLimit {
      return .invalid("\(parameters.count) parameters; the limit is \(Self.parameterLimit)")
    }
    if bytes.hasZeroInText { return .invalid("a text parameter contains a zero byte") }
    return nil
  }
}

extension SQL: ExpressibleByStringInterpolation {
  /// Takes a statement without parameters.
  package init(stringLiteral value: String) {
    self.init()
    text = value
  }

  /// Takes a statement with its parameters.
  package init(stringInterpolation: Interpolation) {
    self = stringInterpolation.sql
  }

  /// Collects the pieces of an interpolated ``SQL``.
  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var sql = SQL()

    /// Reserves what the pieces will need.
    package init(literalCapacity: Int, interpolationCount: Int) {
      sql.reserve(text: literalCapacity, parameters: interpolationCount)
    }

    /// Adds the text between two interpolations.
    package mutating func appendLiteral(_ literal: String) {
      sql.append(unescaped: literal)
    }

    /// Adds a value as the next parameter.
    package mutating func appendInterpolation(_ value: some SQLEncodable) {
      sql.append(value)
    }

    /// Adds a value, or NULL, as the next parameter.
    package mutating func appendInterpolation(_ value: (some SQLEncodable)?) {
      sql.append(value)
    }

    /// Adds a parameter whose value comes later, by `with`; until then it is NULL.
    package mutating func appendInterpolation<Value: SQLEncodable>(parameter type: Value.Type) {
      sql.append(Value?.none)
    }

    /// Adds a fragment with its parameters.
    package mutating func appendInterpolation(sql fragment: SQL) {
      sql.append(fragment)
    }

    /// Adds a quoted identifier.
    package mutating func appendInterpolation(identifier name: String) {
      sql.append(unescaped: SQL.quote(identifier: name))
    }

    /// Adds raw text; never text that came from outside.
    package mutating func appendInterpolation(unescaped raw: String) {
      sql.append(unescaped: raw)
    }
  }
}

extension SQL {
  /// Writes a name as a quoted identifier, doubling its quotes.
  package static func quote(identifier: String) -> String {
    var quoted = "\""
    for character in identifier.unicodeScalars {
      if character == "\"" { quoted.unicodeScalars.append("\"") }
      quoted.unicodeScalars.append(character)
    }
    quoted += "\""
    return quoted
  }

  /// Joins fragments, for lists of conditions or assignments.
  package static func joined(_ fragments: some Sequence<SQL>, by separator: String) -> SQL {
    var result = SQL()
    var isFirst = true
    for fragment in fragments {
      if !isFirst { result.append(unescaped: separator) }
      isFirst = false
      result.append(fragment)
    }
    return result
  }

  /// Sends a notification when the surrounding transaction commits.
  ///
  /// The channel has at most 63 bytes, the payload fewer than 8000 by PostgreSQL's limit.
  package static func notify(_ channel: String, _ payload: String) -> SQL {
    "SELECT pg_notify(\(channel), \(payload))"
  }
}

extension SQL: CustomStringConvertible {
  /// The text alone: parameters never reach a log.
  package var description: String { text }
}
