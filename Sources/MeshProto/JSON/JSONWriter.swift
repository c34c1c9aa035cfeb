/// Writes JSON text, token by token.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private let pretty: Bool
  private var depth = 0
  /// The open object or array has no member yet.
  private var isFirst = true
  /// A key was written and its value is due.
  private var isAfterKey = false

  init(pretty: Bool) {
    self.pretty = pretty
    bytes.reserveCapacity(256)
  }

  mutating func open(_ bracket: Unicode.Scalar) {
    beginValue()
    bytes.append(UInt8(ascii: bracket))
    depth += 1
    isFirst = true
  }

  mutating func close(_ bracket: Unicode.Scalar) {
    depth -= 1
    if !isFirst { newline() }
    bytes.append(UInt8(ascii: bracket))
    isFirst = false
  }

  mutating func key(_ field: FieldDescriptor) {
    beginValue()
    bytes.append(UInt8(ascii: "\""))
    field.appendJSONName(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
    endKey()
  }

  mutating func key(_ text: String) {
    beginValue()
    appendQuoted(text)
    endKey()
  }

  /// Writes a number, `true`, `false` or `null`.
  mutating func literal(_ text: String) {
    beginValue()
    bytes.append(contentsOf: text.utf8)
  }

  /// Writes a string.
  mutating func string(_ text: String) {
    beginValue()
    appendQuoted(text)
  }

  /// Writes a string that needs no escapes.
  mutating func quoted(_ plain: some Sequence<UInt8>) {
    beginValue()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: plain)
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func beginValue() {
    if isAfterKey {
      isAfterKey = false
      return
    }
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    if depth > 0 { newline() }
  }

  private mutating func endKey() {
    bytes.append(UInt8(ascii: ":"))
    if pretty { bytes.append(UInt8(ascii: " ")) }
    isAfterKey = true
  }

  private mutating func newline() {
    guard pretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }

  /// Appends a string literal.
  ///
  /// Besides what JSON asks for, `<`, `>` and DEL are escaped, so that the text may stand inside a
  /// page (RFC 8259 section 7).
  private mutating func appendQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), 0x7F:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.hexDigit(byte >> 4))
        bytes.append(Self.hexDigit(byte & 15))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
