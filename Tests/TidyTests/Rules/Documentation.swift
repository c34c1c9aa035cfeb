extension Rule {
  static let documentation = Rule(
    "documentation", "every package declaration says what it is in a /// comment",
    bad: [
      SourceFile("Sources/MeshIO/A.swift", "package struct A {}\n"),
      SourceFile("Sources/MeshIO/A.swift", "/// A.\npackage struct A {\n  package var b = 0\n}\n"),
      SourceFile("Sources/MeshIO/A.swift", "// A.\n@frozen\npackage struct A {}\n"),
      SourceFile("Sources/MeshIO/A.swift", "///\npackage func a() {}\n"),
      SourceFile("Sources/MeshIO/A.swift", "final package class A {}\n"),
    ],
    good: [
      SourceFile("Sources/MeshIO/A.swift", "/// A.\n///\n/// Limits: none.\npackage struct A {}\n"),
      SourceFile("Sources/MeshIO/A.swift", "/// A.\n@inlinable\n@usable package func a() {}\n"),
      SourceFile("Sources/MeshIO/A.swift", "package import MeshRPC\nlet package = Package()\n"),
      SourceFile("Sources/MeshAPI/Generated/A.swift", "package struct A {}\n"),
    ],
    file: { file in
      guard file.isSwift, !file.isGenerated else { return [] }
      return occurrences(of: "package", in: file.code).compactMap { offset in
        let line = file.line(at: offset)
        guard declares(file, offset), !isDocumented(file, line) else { return nil }
        return file.finding(line, "say in /// above it what it is or does for the caller")
      }
    })
}

/// Whether the `package` at `offset` is the modifier of a declaration other than an import.
private func declares(_ file: SourceFile, _ offset: Int) -> Bool {
  let end = file.code[offset...].firstIndex(of: newline) ?? file.code.count
  let words = String(decoding: file.code[offset..<end], as: UTF8.self)
    .split { !($0.isLetter || $0 == "_") }
  guard words.first == "package" else { return false }
  return words.dropFirst().first { !modifiers.contains($0) }.map(declarations.contains) ?? false
}

private let modifiers: Set<Substring> = [
  "static", "final", "mutating", "nonmutating", "consuming", "borrowing", "nonisolated", "unsafe",
  "override", "required", "convenience", "indirect", "lazy", "weak", "unowned", "isolated",
  "private", "fileprivate", "internal", "set", "prefix", "postfix", "infix", "distributed",
  "nonsending", "dynamic", "optional",
]
private let declarations: Set<Substring> = [
  "class", "struct", "enum", "protocol", "actor", "extension", "func", "var", "let", "init",
  "subscript", "typealias", "associatedtype", "macro", "operator",
]

/// Whether the lines right above the declaration on `line`, attributes skipped, are a doc comment
/// with words in it.
private func isDocumented(_ file: SourceFile, _ line: Int) -> Bool {
  var above = line - 1
  while file.line(above, of: file.code).trimmed.hasPrefix("@") { above -= 1 }
  var words = ""
  while true {
    let comment = file.line(above, of: file.comments).trimmed
    guard comment.hasPrefix("///") else { break }
    words += comment.dropFirst(3)
    above -= 1
  }
  return !words.trimmed.isEmpty
}
