import Testing

/// One rule of the house, with snippets that show it at work.
struct Rule: Sendable, CustomTestStringConvertible {
  /// Names the rule in `exceptions` and in reports.
  let name: String
  /// What holds where the rule is kept.
  let sentence: String
  /// Small trees that break the rule.
  let bad: [SourceTree]
  /// Small trees that keep it, each near a bad one.
  let good: [SourceTree]
  let check: @Sendable (SourceTree) -> [Finding]

  /// A rule that looks at one file at a time.
  init(
    _ name: String, _ sentence: String, bad: [SourceFile], good: [SourceFile],
    file check: @escaping @Sendable (SourceFile) -> [Finding]
  ) {
    self.init(
      name, sentence, bad: bad.map { SourceTree([$0]) }, good: good.map { SourceTree([$0]) },
      tree: { $0.files.flatMap(check) })
  }

  /// A rule that looks at the tree as a whole.
  init(
    _ name: String, _ sentence: String, bad: [SourceTree], good: [SourceTree],
    tree check: @escaping @Sendable (SourceTree) -> [Finding]
  ) {
    self.name = name
    self.sentence = sentence
    self.bad = bad
    self.good = good
    self.check = check
  }

  var testDescription: String { sentence }

  /// What breaks the rule in `tree`, but for the exceptions of the house.
  func findings(in tree: SourceTree, besides exceptions: [HouseException] = []) -> [Finding] {
    check(tree).filter { finding in !exceptions.contains { $0.excuses(finding, of: self) } }
  }

  static let all: [Rule] = [
    .imports, .domainIsPure, .moduleNames,
    .fileLength, .lineLength, .functionLength,
    .documentation, .bannedCalls, .bannedNotes, .typeNames, .explainedTry, .uncheckedConcurrency,
    .serviceRooms, .mainIsShort, .migrationNames, .changelog,
  ]
}

/// One place where a rule is broken.
struct Finding: Sendable, Hashable, CustomStringConvertible {
  let path: String
  let line: Int
  let message: String

  var description: String { "\(path):\(line): \(message)" }
}
