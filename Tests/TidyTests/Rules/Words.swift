/// A piece of code that the house does without.
private struct Banned: Sendable {
  let code: String
  let instead: String
  var applies: @Sendable (SourceFile) -> Bool = { _ in true }
}

private let notInTools: @Sendable (SourceFile) -> Bool = { file in
  file.path.hasPrefix("Sources/") || file.path.hasPrefix("services/")
}

private let banned: [Banned] = [
  Banned(code: "try!", instead: "throw the error on or handle it"),
  Banned(code: "as!", instead: "bind with as? and answer the other case"),
  Banned(code: "fatalError", instead: "throw a typed error; for our own bugs preconditionFailure"),
  Banned(code: "assertionFailure", instead: "preconditionFailure holds in release builds too"),
  Banned(code: "public", instead: "write package: the package is our only public"),
  Banned(code: "open class", instead: "write package final class"),
  Banned(code: "@_exported", instead: "import it where it is used"),
  Banned(code: "@preconcurrency", instead: "make the type Sendable"),
  Banned(code: "Task.sleep", instead: "wait on the loop's timers: EventLoop.sleep(for:)"),
  Banned(code: "Thread.sleep", instead: "wait on the loop's timers: EventLoop.sleep(for:)"),
  Banned(code: "usleep(", instead: "wait on the loop's timers: EventLoop.sleep(for:)"),
  Banned(code: "DispatchQueue", instead: "run on the loop, or Offload.run for blocking work"),
  Banned(code: "DispatchSemaphore", instead: "await a continuation, or Mutex for a few lines"),
  Banned(code: "NSLock", instead: "Synchronization.Mutex"),
  Banned(code: "URLSession", instead: "our own client over MeshTransport"),
  Banned(code: "print(", instead: "log with its level and fields", applies: notInTools),
  Banned(code: "debugPrint(", instead: "log with its level and fields", applies: notInTools),
  Banned(code: "NSLog(", instead: "log with its level and fields", applies: notInTools),
]

extension Rule {
  static let bannedCalls = Rule(
    "banned-calls", "calls that the house replaced are not used",
    bad: banned.map { SourceFile("Sources/MeshIO/A.swift", "let a = \($0.code) b\n") },
    good: [
      SourceFile(
        "Sources/MeshIO/A.swift", "try? a() // try! as! fatalError\nlet b = \"public \"\n"),
      SourceFile("Sources/MeshIO/A.swift", "blueprint(of: a)\nlet publicKey = 1\n"),
      SourceFile("tools/tenantry/A.swift", "print(table)\n"),
      SourceFile("Sources/MeshIO/A.swift", "try await loop.sleep(for: .seconds(1))\n"),
    ],
    file: { file in
      guard file.isSwift, !file.isGenerated else { return [] }
      return banned.filter { $0.applies(file) }.flatMap { word in
        occurrences(of: word.code, in: file.code).map {
          file.finding(file.line(at: $0), "\(word.code): \(word.instead)")
        }
      }
    })

  static let bannedNotes = Rule(
    "banned-notes", "no note promises work for later, no banner divides a file",
    bad: [
      SourceFile("Sources/MeshIO/A.swift", "/// TODO: the rest\n"),
      SourceFile("Sources/MeshIO/A.swift", "let a = 1 /* FIXME */\n"),
      SourceFile("proto/a.proto", "// XXX name\n"),
      SourceFile("Sources/MeshIO/A.swift", "// MARK: - Reading\n"),
      SourceFile("Sources/MeshIO/A.swift", "// ======== Reading\n"),
    ],
    good: [
      SourceFile("Sources/MeshIO/A.swift", "let a = \"TODO\"\n/// Lists todos. See `MARKDOWN`.\n"),
      SourceFile("Sources/MeshIO/A.swift", "// ---> a figure's arrow\n"),
    ],
    file: { file in
      // Scripts and SQL know no comment view; the words mean the same anywhere in them.
      guard !file.isGenerated, !file.path.hasSuffix(".md") else { return [] }
      let notes = ["TODO", "FIXME", "XXX", "HACK", "MARK:"]
      let banners = ["// ====", "// ----", "//////", "// ****", "/*****"]
      return (notes + banners).flatMap { note in
        occurrences(of: note, in: file.comments).compactMap {
          let message =
            banners.contains(note) || note == "MARK:"
            ? "\(note) is a banner: split the file by topic instead"
            : "\(note): do it now, or open an issue"
          return file.finding(file.line(at: $0), message)
        }
      }
    })

  static let explainedTry = Rule(
    "explained-try", "try? says in a comment why the error does not matter",
    bad: [SourceFile("Sources/MeshIO/A.swift", "func a() {\n  let b = try? c()\n}\n")],
    good: [
      SourceFile("Sources/MeshIO/A.swift", "// Gone already is as good as closed.\ntry? close()\n"),
      SourceFile("Sources/MeshIO/A.swift", "try? close()  // Gone already is as good.\n"),
      SourceFile("Tests/MeshIOTests/A.swift", "let b = try? c()\n"),
    ],
    file: { file in
      guard file.isSwift, !file.isTest, !file.isGenerated else { return [] }
      return occurrences(of: "try?", in: file.code).compactMap {
        let line = file.line(at: $0)
        guard !file.isExplained(at: line) else { return nil }
        return file.finding(line, "try? swallows the error: say why, or handle it")
      }
    })
}
