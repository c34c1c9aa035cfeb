import Testing

@testable import TenantryCLI

@Suite("What is typed becomes a command")
struct LineParserTests {
  private let table = CommandTable()

  private func line(_ typed: String...) throws -> Line {
    guard case .run(let line) = try LineParser.parse(typed, table) else {
      throw Failure(.failure, "not a command: \(typed)")
    }
    return line
  }

  private func failure(_ typed: String...) -> Failure? {
    do throws(Failure) {
      _ = try LineParser.parse(typed, table)
      return nil
    } catch {
      return error
    }
  }

  @Test("words, arguments and flags are told apart")
  func parts() throws {
    let line = try line("tenants", "suspend", "T1", "--reason", "chargeback", "-o", "json")
    #expect(line.command.name == "tenants suspend")
    #expect(line.arguments == ["T1"])
    #expect(line.text("reason") == "chargeback")
    #expect(line.text("output") == "json")
  }

  @Test("a value follows its flag, or an equals sign, or a letter")
  func values() throws {
    for typed in [
      ["--output", "json"], ["--output=json"], ["-o", "json"], ["-ojson"], ["-o=json"],
    ] {
      guard case .run(let line) = try LineParser.parse(["whoami"] + typed, table) else {
        Issue.record("not a command")
        return
      }
      #expect(line.text("output") == "json")
    }
  }

  @Test("flags of every command may stand in front")
  func leading() throws {
    let line = try line("--profile", "work", "tenants", "list", "--all")
    #expect(line.command.name == "tenants list")
    #expect(line.text("profile") == "work")
    #expect(line.isOn("all"))
  }

  @Test("a flag's value may begin with a dash, and may be empty")
  func oddValues() throws {
    let line = try line("tenants", "suspend", "T1", "--reason", "-x-")
    #expect(line.text("reason") == "-x-")
    #expect(try self.line("tenants", "suspend", "T1", "--reason=").text("reason") == "")
  }

  @Test("behind -- everything is an argument")
  func ended() throws {
    #expect(try line("tenants", "get", "--", "--help").arguments == ["--help"])
  }

  @Test("a switch can be turned off")
  func switches() throws {
    let typed = ["tenants", "create", "--app=A", "--display-name=D", "--region=R"]
    guard case .run(let line) = try LineParser.parse(typed + ["--sandbox=false"], table) else {
      Issue.record("not a command")
      return
    }
    #expect(!line.isOn("sandbox"))
    #expect(failure("tenants", "list", "--all=maybe")?.message.contains("switch") == true)
  }

  @Test(
    "help is understood in every position",
    arguments: [
      (["help", "tenants", "create"], ["tenants", "create"]),
      (["tenants", "create", "--help"], ["tenants", "create"]),
      (["-h", "tenants", "create"], ["tenants", "create"]),
      (["tenants", "suspend", "-h"], ["tenants", "suspend"]),
      (["tenants"], ["tenants"]), ([], []), (["--help"], []), (["help"], []),
    ])
  func help(_ typed: [String], _ words: [String]) throws {
    guard case .help(let explained) = try LineParser.parse(typed, table) else {
      Issue.record("not a question for help")
      return
    }
    #expect(explained == words)
  }

  @Test(
    "a typo is answered with what may have been meant",
    arguments: [
      (["tenant", "list"], "tenantry tenants list"),
      (["tenants", "lsit"], "tenantry tenants list"),
      (["tenants", "suspnd", "T1"], "tenantry tenants suspend"), (["satus"], "tenantry status"),
      (["audit", "verfy", "--tenant", "T1"], "tenantry audit verify"),
      (["sing-in"], "tenantry sign-in"), (["tenants", "list", "--limt=3"], "--limit"),
    ])
  func typos(_ typed: [String], _ meant: String) {
    do throws(Failure) {
      _ = try LineParser.parse(typed, table)
      Issue.record("understood")
    } catch {
      #expect(error.code == .usage)
      #expect(error.notes.first == "did you mean: \(meant)")
    }
  }

  @Test("everything that is missing is named at once")
  func missing() {
    #expect(
      failure("tenants", "create")?.message
        == "tenants create needs --app, --display-name, --region")
    #expect(failure("tenants", "suspend", "T1")?.message == "tenants suspend needs --reason")
    #expect(failure("roles", "grant")?.message == "roles grant needs <operator> <role>")
  }

  @Test("a request from a file or a dialogue needs no flags")
  func elsewhere() throws {
    #expect(try line("tenants", "create", "--file", "t.json").text("file") == "t.json")
    #expect(try line("tenants", "create", "-i").isOn("interactive"))
  }

  @Test("too much, and twice, is refused")
  func excess() {
    #expect(failure("whoami", "ada")?.message == "whoami takes no further argument: ada")
    #expect(failure("whoami", "-o", "json", "-o", "table")?.message == "--output is given twice")
    #expect(failure("whoami", "-o")?.message == "--output needs a value: table|json|jsonl|name")
    #expect(failure("tenants", "--app", "x")?.message.hasPrefix("tenants is not a whole") == true)
  }
}
