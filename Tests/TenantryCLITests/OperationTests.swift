import MeshAPI
import Testing

@testable import TenantryCLI

@Suite("Commands are derived from the contract")
struct OperationTests {
  private let table = CommandTable()

  private func flags(_ name: String) -> [String] {
    table.command(name.split(separator: " ").map(String.init))?.flags.map(\.name) ?? []
  }

  @Test("every method with command words is a command, once")
  func complete() {
    let names = PolicyTable.all.filter { !$0.cli.isEmpty }.map { Operation($0).command.name }
    #expect(names.count > 20)
    #expect(Set(names).count == names.count)
    for name in names { #expect(table.command(name.split(separator: " ").map(String.init)) != nil) }
    #expect(Set(table.commands.map(\.name)).count == table.commands.count)
  }

  @Test("fields become flags in words of their own")
  func fields() {
    #expect(
      flags("tenants create") == [
        "app", "display-name", "region", "tier", "reseller", "brand-domain", "sandbox", "file",
        "interactive", "request-id",
      ])
    #expect(flags("audit list") == ["tenant", "filter", "limit", "all", "page-size", "page-token"])
    #expect(flags("whoami") == [])
  }

  @Test("the fields that the template names are arguments")
  func arguments() {
    let command = table.command(["roles", "grant"])
    #expect(command?.arguments.map(\.label) == ["<operator>", "<role>"])
    #expect(
      command?.arguments.last?.value == .choice(["viewer", "operator", "admin", "superuser"]))
    #expect(command?.flags.first?.name == "reason")
    #expect(command?.flags.first?.isRequired == true)
  }

  @Test("a password is never a flag")
  func secrets() {
    for command in table.commands {
      #expect(!command.flags.contains { $0.name == "password" })
      guard case .call(let operation) = command.action, operation.secret != nil else { continue }
      #expect(command.flags.contains { $0.name == "password-stdin" })
    }
    #expect(flags("admin create-user").contains("password-stdin"))
    #expect(flags("setup").contains("password-stdin"))
  }

  @Test("no two flags of a command share a name or a letter")
  func distinct() {
    for command in table.commands {
      let all = command.flags + GlobalFlags.all
      #expect(Set(all.map(\.name)).count == all.count, "\(command.name)")
      let letters = all.compactMap(\.short)
      #expect(Set(letters).count == letters.count, "\(command.name)")
    }
  }

  @Test("what destroys asks first, what lists has pages, what changes can be repeated")
  func callFlags() {
    #expect(flags("tenants offboard").contains("yes"))
    #expect(!flags("tenants suspend").contains("yes"))
    #expect(flags("tenants list").contains("all"))
    #expect(!flags("status").contains("limit"))
    #expect(flags("apps create").contains("request-id"))
  }

  @Test("every command explains itself, and its example is a line that works")
  func examples() throws {
    for command in table.commands where command.name != "help" {
      #expect(
        !command.summary.hasPrefix("Calls "), "\(command.name) has no comment in the contract")
      let words = Self.shellWords(Example.line(command)).dropFirst()
      let line = words.prefix { $0 != "<" }
      guard case .run(let parsed) = try LineParser.parse(Array(line), table) else {
        Issue.record("\(line) is no command")
        continue
      }
      #expect(parsed.command.name == command.name)
    }
  }

  @Test("every flag that fills a field is explained, or is a choice")
  func explained() {
    for command in table.commands {
      for flag in command.flags where flag.field != nil {
        if case .choice = flag.value { continue }
        #expect(!flag.help.isEmpty || flag.isRequired, "\(command.name) --\(flag.name)")
      }
    }
  }

  private static func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    var isQuoted = false
    var word = ""
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == " ", !isQuoted {
        words.append(word)
        word = ""
      } else {
        word.append(character)
      }
    }
    return words + [word]
  }
}
