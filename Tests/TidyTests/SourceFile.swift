import Glibc

/// One text file of the repository, with its code and its comments told apart.
///
/// The three views have the same length and the same newlines, so an offset means the same place
/// in each.
struct SourceFile: Sendable {
  /// From the root of the repository, with `/`.
  let path: String
  let text: [UInt8]
  /// The text with comments and the contents of string literals blanked.
  let code: [UInt8]
  /// The text with everything but comments blanked.
  let comments: [UInt8]
  /// Offset of each line's first byte.
  let lineStarts: [Int]

  init(path: String, text: [UInt8]) {
    self.path = path
    self.text = text
    if path.hasSuffix(".swift") {
      (code, comments) = mask(swift: text)
    } else {
      (code, comments) = (text, text)
    }
    var starts = [0]
    text.withUnsafeBufferPointer { bytes in
      for index in 0..<bytes.count where bytes[index] == newline { starts.append(index + 1) }
    }
    if text.isEmpty || starts.last == text.count { starts.removeLast() }
    lineStarts = starts
  }

  init(_ path: String, _ text: String) {
    self.init(path: path, text: Array(text.utf8))
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  var isTest: Bool { path.hasPrefix("Tests/") }
  var isGenerated: Bool { generatedTrees.contains { path.hasPrefix($0) } }
  var name: String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }
  var lineCount: Int { lineStarts.count }

  /// The first two folders of a service or tool, of a module, of its tests: "Sources/MeshIO".
  var home: String { path.split(separator: "/").dropLast().prefix(2).joined(separator: "/") }

  /// The number, from 1, of the line that holds `offset`.
  func line(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while low < high {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The text of line `number` (from 1) in one of the views, without its newline.
  func line(_ number: Int, of view: [UInt8]) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let end = number < lineStarts.count ? lineStarts[number] - 1 : view.count
    let start = lineStarts[number - 1]
    let stop = end > start && view[end - 1] == newline ? end - 1 : end
    return String(decoding: view[start..<stop], as: UTF8.self)
  }

  /// Whether a comment stands on line `number` or on the lines right before the declaration that
  /// the line is part of.
  func isExplained(at number: Int) -> Bool {
    var current = number
    while current >= 1, number - current < 6 {
      if !line(current, of: comments).allSatisfy(\.isWhitespace) { return true }
      current -= 1
      let above = line(current, of: code).trimmed
      let blank = above.isEmpty && line(current, of: comments).allSatisfy(\.isWhitespace)
      if blank || above.hasSuffix("{") || above.hasSuffix("}") { return false }
    }
    return false
  }

  func finding(_ line: Int, _ message: String) -> Finding {
    Finding(path: path, line: line, message: message)
  }
}

let newline = UInt8(ascii: "\n")

extension String {
  /// The text without white space at either end.
  var trimmed: String {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let end = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[start...end])
  }
}

/// Offsets of `needle` in `haystack`; where the needle begins or ends with a letter, only as a
/// whole word.
func occurrences(of needle: String, in haystack: [UInt8]) -> [Int] {
  var found: [Int] = []
  let bytes = needle.utf8CString
  let length = bytes.count - 1
  // strstr, since a loop of our own over each text for each word takes seconds in a debug build.
  (haystack + [0]).withUnsafeBytes { text in
    guard let base = text.baseAddress?.assumingMemoryBound(to: CChar.self), length > 0 else {
      return
    }
    let (first, last) = (UInt8(bitPattern: bytes[0]), UInt8(bitPattern: bytes[length - 1]))
    var from = base
    while let hit = bytes.withUnsafeBufferPointer({ $0.baseAddress.flatMap { strstr(from, $0) } }) {
      let start = UnsafePointer(hit) - base
      from = UnsafePointer(hit) + 1
      if isWord(first), start > 0, isWord(text[start - 1]) { continue }
      if isWord(last), isWord(text[start + length]) { continue }
      found.append(start)
    }
  }
  return found
}

/// Whether the byte may be part of an identifier.
func isWord(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
    true
  default: byte >= 0x80
  }
}
