/// Collects lines of source, indented.
struct SourceWriter {
  private(set) var text = ""
  private var depth = 0

  mutating func line(_ line: String = "") {
    if !line.isEmpty { text += String(repeating: "  ", count: depth) + line }
    text += "\n"
  }

  mutating func lines(_ lines: [String]) { for text in lines { line(text) } }

  /// Writes `head {`, what `body` writes, and `}`.
  mutating func block(
    _ head: String, close: String = "}",
    _ body: (inout SourceWriter) throws(GenerationError) -> Void
  ) throws(GenerationError) {
    line(head + " {")
    depth += 1
    try body(&self)
    depth -= 1
    line(close)
  }

  /// Writes a list between `head` and `tail`, one element a line.
  mutating func list(_ head: String, _ elements: [String], _ tail: String) {
    line(head)
    depth += 1
    for element in elements { line(element) }
    depth -= 1
    line(tail)
  }

  /// Writes a schema's comment as a doc comment, or `fallback` where there is none.
  mutating func comment(_ comment: String, or fallback: String) {
    let lines = comment.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.drop { $0 == " " } }
    let trimmed = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    for text in trimmed.isEmpty ? [fallback[...]] : Array(trimmed) {
      line(text.isEmpty ? "///" : "/// \(text)")
    }
  }
}

extension String {
  /// A comment's lines as one.
  var flattened: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  /// The text as a Swift string literal.
  var literal: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        result += scalar.value < 0x20 ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
      }
    }
    return result + "\""
  }
}
