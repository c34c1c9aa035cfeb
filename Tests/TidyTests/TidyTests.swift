import Testing

@Suite("The house is tidy")
struct TidyTests {
  @Test("a rule is kept in the whole repository", arguments: Rule.all)
  func kept(_ rule: Rule) {
    let findings = rule.findings(in: .repository, besides: exceptions)
    let report = findings.map(\.description).joined(separator: "\n")
    #expect(findings.isEmpty, "\(rule.name): \(rule.sentence)\n\(report)")
  }

  @Test("a rule catches each snippet that breaks it", arguments: Rule.all)
  func catches(_ rule: Rule) {
    #expect(!rule.bad.isEmpty, "\(rule.name) shows no snippet that breaks it")
    for tree in rule.bad {
      let text = tree.files.map { String(decoding: $0.text, as: UTF8.self) }
      #expect(!rule.findings(in: tree).isEmpty, "\(rule.name) lets pass: \(text)")
    }
  }

  @Test("a rule leaves each snippet that keeps it", arguments: Rule.all)
  func leaves(_ rule: Rule) {
    #expect(!rule.good.isEmpty, "\(rule.name) shows no snippet that keeps it")
    for tree in rule.good {
      #expect(rule.findings(in: tree) == [], "\(rule.name) is too strict")
    }
  }

  @Test("an exception gives its reason and is still needed")
  func exceptionsAreNeeded() throws {
    for exception in exceptions {
      let rule = try #require(Rule.all.first { $0.name == exception.rule })
      let isNeeded = rule.check(.repository).contains { exception.excuses($0, of: rule) }
      #expect(isNeeded, "\(exception.path) no longer breaks \(exception.rule)")
      #expect(exception.reason.count >= 20, "\(exception.path): \(exception.rule): why?")
    }
  }

  @Test("the repository was found")
  func treeWasRead() {
    let paths = Set(SourceTree.repository.files.map(\.path))
    #expect(paths.isSuperset(of: ["Package.swift", "Tests/TidyTests/TidyTests.swift"]))
  }
}
