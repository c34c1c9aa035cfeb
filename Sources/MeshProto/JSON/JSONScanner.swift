/// Reads JSON text, token by token (RFC 8259).
struct JSONScanner {
  private let text: UnsafeBufferPointer<UInt8>
  private let maxDepth: Int
  private var depth = 0
  var offset = 0

  init(_ text: UnsafeRawBufferPointer, maxDepth: Int) {
    self.text = text.bindMemory(to: UInt8.self)
    self.maxDepth = maxDepth
  }

  enum Token: Equatable { case object, array, string, number, bool, null }

  /// What was wrong; the parser adds the path.
  enum Failure: Error, Equatable {
    case syntax(offset: Int)
    case tooDeep
  }

  private var syntax: Failure { .syntax(offset: offset) }

  /// What kind of value comes next; it is not consumed.
  mutating func next() throws(Failure) -> Token {
    skipSpace()
    guard offset < text.count else { throw syntax }
    return switch text[offset] {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    default: throw syntax
    }
  }

  /// Consumes `{` or `[`.
  mutating func open() throws(Failure) {
    guard depth < maxDepth else { throw .tooDeep }
    depth += 1
    offset += 1
  }

  /// Whether another member or element follows; if not, the bracket is consumed.
  mutating func hasMore(_ bracket: Unicode.Scalar, first: inout Bool) throws(Failure) -> Bool {
    skipSpace()
    if consume(bracket) {
      depth -= 1
      return false
    }
    if !first, !consume(",") { throw syntax }
    first = false
    return true
  }

  /// Consumes a member's name and the colon.
  mutating func key() throws(Failure) -> [UInt8] {
    guard try next() == .string else { throw syntax }
    let name = try string()
    skipSpace()
    guard consume(":") else { throw syntax }
    return name
  }

  /// Consumes `true`, `false` or `null`.
  mutating func literal(_ word: StaticString) throws(Failure) {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < text.count, text[offset] == word.utf8Start[index] else { throw syntax }
      offset += 1
    }
  }

  mutating func bool() throws(Failure) -> Bool {
    if text[offset] == UInt8(ascii: "t") {
      try literal("true")
      return true
    }
    try literal("false")
    return false
  }

  /// Consumes a number and returns its text.
  mutating func number() throws(Failure) -> String {
    let start = offset
    _ = consume("-")
    if !consume("0") { try digits() }
    if consume(".") { try digits() }
    if consume("e") || consume("E") {
      if !consume("+") { _ = consume("-") }
      try digits()
    }
    return String(decoding: text[start..<offset], as: UTF8.self)
  }

  /// Consumes a string and returns its bytes, unescaped and known to be UTF-8.
  mutating func string() throws(Failure) -> [UInt8] {
    let start = offset
    offset += 1
    var bytes: [UInt8] = []
    var isASCII = true
    while offset < text.count {
      let byte = text[offset]
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        if !isASCII, String(validating: bytes, as: UTF8.self) == nil {
          throw .syntax(offset: start)
        }
        return bytes
      case UInt8(ascii: "\\"):
        offset += 1
        try escape(into: &bytes)
      case 0..<0x20: throw syntax
      default:
        if byte >= 0x80 { isASCII = false }
        bytes.append(byte)
        offset += 1
      }
    }
    throw syntax
  }

  /// Consumes a value of any kind.
  mutating func skipValue() throws(Failure) {
    switch try next() {
    case .object:
      try open()
      var first = true
      while try hasMore("}", first: &first) {
        _ = try key()
        try skipValue()
      }
    case .array:
      try open()
      var first = true
      while try hasMore("]", first: &first) { try skipValue() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .bool: _ = try bool()
    case .null: try literal("null")
    }
  }

  /// Checks that nothing but space is left.
  mutating func end() throws(Failure) {
    skipSpace()
    guard offset == text.count else { throw syntax }
  }

  private mutating func skipSpace() {
    while offset < text.count {
      switch text[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  private mutating func consume(_ character: Unicode.Scalar) -> Bool {
    guard offset < text.count, text[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func digits() throws(Failure) {
    let start = offset
    while offset < text.count, text[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
    guard offset > start else { throw syntax }
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(Failure) {
    guard offset < text.count else { throw syntax }
    let byte = text[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"): bytes.append(contentsOf: try unicodeEscape())
    default: throw syntax
    }
  }

  /// The UTF-8 of `\uXXXX`, or of the surrogate pair that starts here.
  private mutating func unicodeEscape() throws(Failure) -> Unicode.UTF8.EncodedScalar {
    var value = try hexQuad()
    if (0xD800..<0xDC00).contains(value) {
      guard consume("\\"), consume("u") else { throw syntax }
      let low = try hexQuad()
      guard (0xDC00..<0xE000).contains(low) else { throw syntax }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
      throw syntax
    }
    return encoded
  }

  private mutating func hexQuad() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard offset < text.count else { throw syntax }
      let digit: UInt8
      switch text[offset] {
      case let byte where byte &- 0x30 < 10: digit = byte - 0x30
      case let byte where byte &- 0x41 < 6: digit = byte - 0x41 + 10
      case let byte where byte &- 0x61 < 6: digit = byte - 0x61 + 10
      default: throw syntax
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
