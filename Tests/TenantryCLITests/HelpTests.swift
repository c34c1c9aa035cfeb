import MeshAPI
import Testing

@testable import TenantryCLI

@Suite("The program explains itself")
struct HelpTests {
  private let table = CommandTable()
  private let help = HelpText(CommandTable(), Style(isInteractive: false, environment: [:]))

  private func text(_ words: String...) throws -> String {
    try help.lines(words).joined(separator: "\n")
  }

  @Test("the first page names every command, flag, variable and exit code")
  func program() throws {
    let text = try text()
    for command in table.commands { #expect(text.contains(command.words[0])) }
    for flag in GlobalFlags.all { #expect(text.contains("--\(flag.name)")) }
    for code in ExitCode.allCases { #expect(text.contains("  \(code.rawValue)  \(code.meaning)")) }
    #expect(text.contains("TENANTRY_TOKEN"))
  }

  @Test("every page ends with where to read on and where to report")
  func closing() throws {
    for page in [try text(), try text("tenants"), try text("tenants", "create")] {
      #expect(page.contains("docs: README.md"))
      #expect(page.hasSuffix("report a problem: docs/reporting.md"))
    }
  }

  @Test("a command's page has its usage, every flag, and an example")
  func command() throws {
    let text = try text("tenants", "create")
    #expect(
      text.contains("tenantry tenants create --app ID --display-name TEXT --region TEXT [flags]"))
    #expect(text.contains("An existing app. Required."))
    #expect(text.contains("One of S, P, G."))
    #expect(text.contains("--region eu-west-1"))
  }

  @Test("no line is wider than a terminal of 100 columns, except examples")
  func width() throws {
    for command in table.commands {
      let lines = try help.lines(command.words)
      for line in lines where !line.hasPrefix("  tenantry ") {
        #expect(line.count <= 100, "\(command.name): \(line)")
      }
    }
  }

  @Test("the version is told in each of the usual ways", arguments: ["version", "--version"])
  func version(_ typed: String) async throws {
    #expect(try await Scene().run(typed).output == "tenantry \(Version.text)\n")
  }

  @Test("help for something unknown suggests")
  func unknown() {
    #expect(throws: Failure.self) { try text("tenant") }
  }

  @Test(
    "completion knows what may follow",
    arguments: [
      ([""], "tenants"), (["tenants", "su"], "suspend"),
      (["tenants", "create", "--dis"], "--display-name"),
      (["tenants", "create", "--tier", ""], "P"), (["-o", "js"], "jsonl"),
      (["completion", ""], "zsh"),
      (["roles", "grant", "X", "vi"], "viewer"), (["--profile", "x", "whoa"], "whoami"),
    ])
  func completion(_ typed: [String], _ expected: String) {
    let completion = Completion(table, ProfileStore(environment: ["HOME": "/nowhere"]))
    #expect(completion.candidates(typed).contains(expected))
  }

  @Test("completion leaves out what does not begin so")
  func narrow() {
    let completion = Completion(table, ProfileStore(environment: ["HOME": "/nowhere"]))
    #expect(completion.candidates(["tenants", "sus"]) == ["suspend"])
    #expect(completion.candidates(["tenants", "list", "--all", "--li"]) == ["--limit"])
    #expect(completion.candidates(["tenants", "create", "--app", ""]) == [])
  }
}
