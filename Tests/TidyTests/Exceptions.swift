/// A place where a rule would make things worse, and why.
struct HouseException: Sendable {
  /// The rule's name.
  let rule: String
  /// A file, or a folder with a `/` at its end.
  let path: String
  /// A part of the finding's message; empty for all findings at the path.
  var about = ""
  let reason: String

  func excuses(_ finding: Finding, of rule: Rule) -> Bool {
    self.rule == rule.name && (about.isEmpty || finding.message.contains(about))
      && (path.hasSuffix("/") ? finding.path.hasPrefix(path) : finding.path == path)
  }
}

/// All exceptions of the house.
///
/// One that excuses nothing any more fails the tests.
let exceptions: [HouseException] = [
  HouseException(
    rule: "banned-calls", path: "Sources/MeshKit/Caller/Authorization.swift", about: "public",
    reason: "it is a case of the contract's own enum"),
  HouseException(
    rule: "imports", path: "services/edge/",
    reason: "it ends the connections from outside and transcodes messages it does not know"),
]

/// Written by `tools/generate`, so no rule of style is asked of them.
let generatedTrees = [
  "Sources/MeshAPI/Generated/", "Sources/CMeshAPI/", "Sources/CProtoTypes/",
  "Tests/CTestMessages/", "Tests/TestMessages/", "tools/interop/Generated/",
  "tools/interop/messages/",
]
