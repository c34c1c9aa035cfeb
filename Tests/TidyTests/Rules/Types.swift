extension Rule {
  static let typeNames = Rule(
    "type-names", "a type's name says what it is",
    bad: vagueEndings.map { SourceFile("Sources/MeshIO/A.swift", "final class Socket\($0) {}\n") },
    good: [
      SourceFile("Sources/MeshIO/A.swift", "struct Database {}\nlet a = TaskManager()\n"),
      SourceFile("Sources/MeshIO/A.swift", "// class SocketManager {}\n"),
    ],
    file: { file in
      guard file.isSwift, !file.isGenerated else { return [] }
      return declaredTypes(in: file).compactMap { name, line in
        guard let ending = vagueEndings.first(where: name.hasSuffix) else { return nil }
        return file.finding(line, "\(name): \(ending) says nothing; name the thing itself")
      }
    })

  static let moduleNames = Rule(
    "module-names", "no type has a module's name",
    bad: [
      SourceTree([
        SourceFile("Sources/MeshIO/A.swift", "struct A {}\n"),
        SourceFile("services/tenants/A.swift", "enum MeshIO {}\n"),
      ])
    ],
    good: [SourceTree([SourceFile("Sources/MeshIO/A.swift", "struct MeshIOError {}\n")])],
    tree: { tree in
      let modules = Set(tree.rooms(of: "Sources").keys).union(SourceTree.serviceModules)
      return tree.swift.filter { !$0.isGenerated }.flatMap { file in
        declaredTypes(in: file).filter { modules.contains($0.name) }.map { name, line in
          file.finding(line, "\(name) is a module too, which hides the type's members")
        }
      }
    })

  static let uncheckedConcurrency = Rule(
    "unchecked-concurrency", "unchecked concurrency stays in C-facing modules and names its thread",
    bad: [
      SourceFile("Sources/MeshRPC/A.swift", "// Loop.\nfinal class A: @unchecked Sendable {}\n"),
      SourceFile("services/audit/A.swift", "// Loop.\nnonisolated(unsafe) var a = 0\n"),
      SourceFile("Sources/MeshIO/A.swift", "final class A: @unchecked Sendable {}\n"),
      SourceFile(
        "Sources/MeshIO/A.swift", "// Loop.\nlet a = 0\n\nnonisolated(unsafe) var b = 0\n"),
    ],
    good: [
      SourceFile("Sources/MeshIO/A.swift", "// Loop.\nfinal class A: @unchecked Sendable {}\n"),
      SourceFile("Sources/MeshIO/A.swift", "nonisolated(unsafe) var a = 0  // Loop.\n"),
      SourceFile(
        "Tests/MeshIOTests/A.swift",
        "/// Loop.\n@available(*, noasync)\nfinal class A:\n  B, @unchecked Sendable\n{}\n"),
      SourceFile("Sources/MeshRPC/A.swift", "// No @unchecked Sendable here.\n"),
    ],
    file: { file in
      guard file.isSwift, !file.isGenerated else { return [] }
      return ["@unchecked Sendable", "nonisolated(unsafe)"].flatMap { escape in
        occurrences(of: escape, in: file.code).compactMap { offset in
          let line = file.line(at: offset)
          if !mayEscapeChecks(file) {
            return file.finding(line, "\(escape): use a value, an actor on the loop or Mutex")
          }
          if file.isExplained(at: line) { return nil }
          return file.finding(line, "\(escape): say in a comment who owns the thread")
        }
      }
    })
}

private let vagueEndings = [
  "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Impl",
]

/// The C-facing modules, whose state the loop's thread owns, and their tests.
private func mayEscapeChecks(_ file: SourceFile) -> Bool {
  let modules = [
    "MeshIO", "MeshTLS", "MeshCrypto", "MeshHTTP2", "MeshCompression", "MeshProto", "MeshSQL",
    "MeshTransport",
  ]
  return modules.contains { file.home == "Sources/\($0)" || file.home == "Tests/\($0)Tests" }
    || file.home == "Tests/MeshTestKit"
}

/// The types that `file` declares, each with its line.
private func declaredTypes(in file: SourceFile) -> [(name: String, line: Int)] {
  ["class", "struct", "enum", "actor", "protocol", "typealias"].flatMap { keyword in
    occurrences(of: keyword, in: file.code).compactMap { offset in
      let after = offset + keyword.utf8.count
      guard after < file.code.count, file.code[after] == UInt8(ascii: " ") else { return nil }
      let name = String(decoding: file.code[(after + 1)...].prefix(while: isWord), as: UTF8.self)
      return name.first?.isUppercase == true ? (name, file.line(at: offset)) : nil
    }
  }
}
