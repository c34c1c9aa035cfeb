/// Swift source split into its code and its comments, each blanked elsewhere.
///
/// The contents of string literals are in neither; what an interpolation holds is code. Regular
/// expression literals are not known: the house writes none.
func mask(swift text: [UInt8]) -> (code: [UInt8], comments: [UInt8]) {
  var masker = SwiftMasker(count: text.count)
  text.withUnsafeBufferPointer { masker.run($0) }
  return (masker.code, masker.comments)
}

private struct SwiftMasker {
  /// What the bytes at hand belong to.
  ///
  /// `code` may be followed by every other case; a literal by `code` for an interpolation; each
  /// returns to what it interrupted.
  enum Context: Equatable {
    /// Open parentheses since an interpolation began; nil outside of interpolations.
    case code(parentheses: Int?)
    case literal(hashes: Int, quotes: Int)
    case lineComment
    case blockComment(depth: Int)
  }

  var code: [UInt8]
  var comments: [UInt8]
  private var stack: [Context] = [.code(parentheses: nil)]

  init(count: Int) {
    code = Array(repeating: UInt8(ascii: " "), count: count)
    comments = code
  }

  mutating func run(_ text: UnsafeBufferPointer<UInt8>) {
    var at = 0
    while at < text.count {
      if text[at] == newline {
        code[at] = newline
        comments[at] = newline
      }
      at =
        switch stack[stack.count - 1] {
        case .code(let parentheses): inCode(text, at, parentheses)
        case .literal(let hashes, let quotes): inLiteral(text, at, hashes, quotes)
        case .lineComment: inLineComment(text, at)
        case .blockComment(let depth): inBlockComment(text, at, depth)
        }
    }
  }

  private mutating func inCode(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ parentheses: Int?
  ) -> Int {
    switch text[at] {
    case UInt8(ascii: "/") where starts(text, at, "//"):
      stack.append(.lineComment)
      return at
    case UInt8(ascii: "/") where starts(text, at, "/*"):
      stack.append(.blockComment(depth: 0))
      return at
    case UInt8(ascii: "\""), UInt8(ascii: "#"):
      if let next = openLiteral(text, at) { return next }
    case UInt8(ascii: "("):
      if let parentheses { replaceTop(.code(parentheses: parentheses + 1)) }
    case UInt8(ascii: ")"):
      if parentheses == 1 {
        stack.removeLast()
        return at + 1
      }
      if let parentheses { replaceTop(.code(parentheses: parentheses - 1)) }
    default: break
    }
    code[at] = text[at]
    return at + 1
  }

  /// Enters the literal that begins at `at`, if one does; answers the offset of its contents.
  private mutating func openLiteral(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
    var end = at
    while end < text.count, text[end] == UInt8(ascii: "#") { end += 1 }
    let hashes = end - at
    guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
    let quotes = starts(text, end, "\"\"\"") ? 3 : 1
    stack.append(.literal(hashes: hashes, quotes: quotes))
    code[end] = UInt8(ascii: "\"")
    return end + quotes
  }

  private mutating func inLiteral(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ hashes: Int, _ quotes: Int
  ) -> Int {
    if text[at] == newline, quotes == 1 {
      stack.removeLast()
      return at + 1
    }
    if text[at] == UInt8(ascii: "\\"), run(of: "#", text, at + 1, atMost: hashes) == hashes {
      let next = at + 1 + hashes
      if next < text.count, text[next] == UInt8(ascii: "(") {
        stack.append(.code(parentheses: 1))
        return next + 1
      }
      return next < text.count && text[next] == newline ? next : min(next + 1, text.count)
    }
    if text[at] == UInt8(ascii: "\""), run(of: "\"", text, at, atMost: quotes) == quotes,
      run(of: "#", text, at + quotes, atMost: hashes) == hashes
    {
      stack.removeLast()
      code[at] = UInt8(ascii: "\"")
      return at + quotes + hashes
    }
    return at + 1
  }

  private mutating func inLineComment(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    if text[at] == newline { stack.removeLast() } else { comments[at] = text[at] }
    return at + 1
  }

  private mutating func inBlockComment(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ depth: Int
  ) -> Int {
    comments[at] = text[at]
    let opens = starts(text, at, "/*")
    guard opens || starts(text, at, "*/") else { return at + 1 }
    comments[at + 1] = text[at + 1]
    if opens {
      replaceTop(.blockComment(depth: depth + 1))
    } else if depth > 1 {
      replaceTop(.blockComment(depth: depth - 1))
    } else {
      stack.removeLast()
    }
    return at + 2
  }

  private mutating func replaceTop(_ context: Context) {
    stack[stack.count - 1] = context
  }

  private func starts(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ prefix: StaticString
  ) -> Bool {
    guard at + prefix.utf8CodeUnitCount <= text.count else { return false }
    for index in 0..<prefix.utf8CodeUnitCount where text[at + index] != prefix.utf8Start[index] {
      return false
    }
    return true
  }

  private func run(
    of byte: StaticString, _ text: UnsafeBufferPointer<UInt8>, _ at: Int, atMost limit: Int
  ) -> Int {
    var count = 0
    while count < limit, at + count < text.count, text[at + count] == byte.utf8Start[0] {
      count += 1
    }
    return count
  }
}
