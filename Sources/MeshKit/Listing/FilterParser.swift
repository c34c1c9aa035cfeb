import MeshSQL

/// Reads a filter by recursive descent (AIP-160's grammar without functions and bare values).
struct FilterParser {
  private enum Token: Equatable {
    case word(String)
    case quoted(String)
    case comparison(Filter.Comparison)
    case open, close, minus
  }

  private let fields: [String: FilterField]
  private let tokens: [Token]
  private var index = 0
  private var terms = 0

  init(_ text: String, fields: [FilterField]) throws(FilterError) {
    guard text.utf8.count <= Filter.lengthLimit else {
      throw FilterError("it is longer than \(Filter.lengthLimit) bytes")
    }
    self.fields = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    tokens = try Self.scan(text)
  }

  mutating func parse() throws(FilterError) -> SQL {
    guard !tokens.isEmpty else { return "TRUE" }
    let condition = try expression(depth: 0)
    guard index == tokens.count else { throw FilterError("an AND or OR is missing") }
    return condition
  }

  // expression = factor { "AND" factor }
  private mutating func expression(depth: Int) throws(FilterError) -> SQL {
    guard depth <= Filter.depthLimit else {
      throw FilterError("parentheses nest deeper than \(Filter.depthLimit)")
    }
    var condition = try factor(depth: depth)
    while take(.word("AND")) {
      condition = "\(sql: condition) AND \(sql: try factor(depth: depth))"
    }
    return condition
  }

  // factor = term { "OR" term }
  private mutating func factor(depth: Int) throws(FilterError) -> SQL {
    var condition = try term(depth: depth)
    while take(.word("OR")) { condition = "\(sql: condition) OR \(sql: try term(depth: depth))" }
    return "(\(sql: condition))"
  }

  // term = [ "NOT" | "-" ] ( "(" expression ")" | comparison )
  private mutating func term(depth: Int) throws(FilterError) -> SQL {
    if take(.word("NOT")) || take(.minus) { return "NOT (\(sql: try simple(depth: depth)))" }
    return try simple(depth: depth)
  }

  private mutating func simple(depth: Int) throws(FilterError) -> SQL {
    if take(.open) {
      let condition = try expression(depth: depth + 1)
      guard take(.close) else { throw FilterError("a ) is missing") }
      return "(\(sql: condition))"
    }
    return try comparison()
  }

  private mutating func comparison() throws(FilterError) -> SQL {
    guard case .word(let name) = peek else { throw FilterError("a field name is missing") }
    guard let field = fields[name] else {
      let names = fields.keys.sorted().joined(separator: ", ")
      throw FilterError("there is no field \(name.prefix(64)); the fields are \(names)")
    }
    index += 1
    guard case .comparison(let comparison) = peek else {
      throw FilterError("\(name) needs a comparison: = != < <= > >= or :")
    }
    index += 1
    let value: String
    switch peek {
    case .word(let word): value = word
    case .quoted(let text): value = text
    default: throw FilterError("\(name) is compared with nothing")
    }
    index += 1
    terms += 1
    guard terms <= Filter.termLimit else {
      throw FilterError("it has more than \(Filter.termLimit) comparisons")
    }
    return try field.condition(comparison, value)
  }

  private var peek: Token? { index < tokens.count ? tokens[index] : nil }

  private mutating func take(_ token: Token) -> Bool {
    guard peek == token else { return false }
    index += 1
    return true
  }

  private static func scan(_ text: String) throws(FilterError) -> [Token] {
    var tokens: [Token] = []
    var rest = text[...]
    while let character = rest.first {
      if character.isWhitespace {
        rest.removeFirst()
      } else if character == "(" || character == ")" {
        tokens.append(character == "(" ? .open : .close)
        rest.removeFirst()
      } else if character == "\"" || character == "'" {
        tokens.append(.quoted(try quoted(&rest, by: character)))
      } else if let comparison = comparison(&rest) {
        tokens.append(.comparison(comparison))
      } else if character == "-", !startsValue(tokens) {
        tokens.append(.minus)
        rest.removeFirst()
      } else {
        tokens.append(.word(try word(&rest)))
      }
    }
    return tokens
  }

  /// A word behind a comparison is a value, so its `-` is part of it.
  private static func startsValue(_ tokens: [Token]) -> Bool {
    if case .comparison = tokens.last { true } else { false }
  }

  private static func comparison(_ rest: inout Substring) -> Filter.Comparison? {
    let known: [(String, Filter.Comparison)] = [
      ("!=", .notEqual), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("=", .equal),
      ("<", .less), (">", .greater), (":", .has),
    ]
    guard let (text, comparison) = known.first(where: { rest.hasPrefix($0.0) }) else { return nil }
    rest.removeFirst(text.count)
    return comparison
  }

  private static func word(_ rest: inout Substring) throws(FilterError) -> String {
    let word = rest.prefix { $0.isLetter || $0.isNumber || "_-.*+@/".contains($0) }
    guard !word.isEmpty else { throw FilterError("\(rest.prefix(1)) has no meaning here") }
    rest.removeFirst(word.count)
    return String(word)
  }

  private static func quoted(
    _ rest: inout Substring, by quote: Character
  ) throws(FilterError) -> String {
    rest.removeFirst()
    var value = ""
    while let character = rest.popFirst() {
      if character == quote { return value }
      if character == "\\", let escaped = rest.popFirst() {
        value.append(escaped)
      } else {
        value.append(character)
      }
    }
    throw FilterError("a closing \(quote) is missing")
  }
}
