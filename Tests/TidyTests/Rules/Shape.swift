extension Rule {
  static let fileLength = Rule(
    "file-length", "a file stays under \(fileLimit) lines",
    bad: [SourceFile("Sources/MeshIO/A.swift", String(repeating: "\n", count: fileLimit))],
    good: [
      SourceFile("Sources/MeshIO/A.swift", String(repeating: "\n", count: fileLimit - 1)),
      SourceFile("Sources/MeshAPI/Generated/A.swift", String(repeating: "\n", count: fileLimit)),
    ],
    file: { file in
      guard file.isHandwritten, file.lineCount >= fileLimit else { return [] }
      return [file.finding(file.lineCount, "\(file.lineCount) lines: split it by topic")]
    })

  static let lineLength = Rule(
    "line-length", "a line fits into \(lineLimit) columns",
    bad: [SourceFile("tools/check", "ok\n" + String(repeating: "x", count: lineLimit + 1) + "\n")],
    good: [
      SourceFile("tools/check", String(repeating: "x", count: lineLimit) + "\n"),
      SourceFile("tools/check", String(repeating: "\u{2026}", count: lineLimit) + "\n"),
      SourceFile("Sources/CMeshAPI/a.c", String(repeating: "x", count: lineLimit + 1)),
    ],
    file: { file in
      guard file.isHandwritten else { return [] }
      return (1...max(1, file.lineCount)).compactMap { number in
        guard file.width(ofLine: number) > lineLimit else { return nil }
        return file.finding(number, "longer than \(lineLimit) columns: break it")
      }
    })

  static let functionLength = Rule(
    "function-length", "a function has at most \(functionLimit) lines",
    bad: [SourceFile("Sources/MeshIO/A.swift", function(lines: functionLimit + 1))],
    good: [
      SourceFile("Sources/MeshIO/A.swift", function(lines: functionLimit)),
      SourceFile(
        "Sources/MeshIO/A.swift",
        "protocol P {\n  func run()\n}\nstruct S {\n"
          + String(repeating: "  var a = 0\n", count: functionLimit) + "}\n"),
    ],
    file: { file in
      guard file.isSwift, file.isHandwritten else { return [] }
      return bodies(in: file).compactMap { start, end in
        let (first, last) = (file.line(at: start), file.line(at: end))
        guard last - first + 1 > functionLimit else { return nil }
        return file.finding(first, "\(last - first + 1) lines: name its parts and split it")
      }
    })
}

private let fileLimit = 500
private let lineLimit = 100
private let functionLimit = 70

extension SourceFile {
  /// Whether people wrote and read it as source: not generated, and not prose.
  fileprivate var isHandwritten: Bool { !isGenerated && !path.hasSuffix(".md") }

  /// The characters of a line, counting no continuation byte of UTF-8.
  fileprivate func width(ofLine number: Int) -> Int {
    let start = lineStarts[number - 1]
    let end = number < lineStarts.count ? lineStarts[number] - 1 : text.count
    // Most lines are short in bytes already, and counting every one would take most of the time.
    if end - start <= 100 { return end - start }
    return text[start..<end].count { $0 & 0xC0 != 0x80 && $0 != newline }
  }
}

/// Where each function, initializer and subscript begins and its body ends.
private func bodies(in file: SourceFile) -> [(start: Int, end: Int)] {
  ["func", "init", "deinit", "subscript"].flatMap { keyword in
    occurrences(of: keyword, in: file.code).compactMap { offset in
      let isCall = offset > 0 && file.code[offset - 1] == UInt8(ascii: ".")
      guard !isCall, let end = endOfBody(from: offset, in: file.code) else { return nil }
      return (offset, end)
    }
  }
}

/// The closing brace of the first block after `offset`, or nil where a `}` comes first, as after a
/// requirement of a protocol.
private func endOfBody(from offset: Int, in code: [UInt8]) -> Int? {
  var parentheses = 0
  var braces = 0
  return code.withUnsafeBufferPointer { code in
    for at in offset..<code.count {
      switch code[at] {
      case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
      case UInt8(ascii: "{") where parentheses <= 0 || braces > 0: braces += 1
      case UInt8(ascii: "}") where parentheses <= 0 || braces > 0:
        braces -= 1
        if braces == 0 { return at }
        if braces < 0 { return nil }
      default: break
      }
    }
    return nil
  }
}

private func function(lines: Int) -> String {
  "func a(\n  b: () -> Void = {}\n) {\n" + String(repeating: "  b()\n", count: lines - 4) + "}\n"
}
