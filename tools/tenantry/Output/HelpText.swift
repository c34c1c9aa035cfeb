/// Explains the program, a group of commands, or one command.
struct HelpText {
  private static let width = 96
  private let table: CommandTable
  private let style: Style

  init(_ table: CommandTable, _ style: Style) {
    self.table = table
    self.style = style
  }

  /// The explanation of what these words begin; throws a failure of usage where they begin nothing.
  func lines(_ words: [String]) throws(Failure) -> [String] {
    if words.isEmpty { return program }
    if let command = table.command(words) { return explain(command) }
    let group = table.group(words)
    guard !group.isEmpty else {
      let near = Suggestion.commands(near: words, in: table)
      throw .usage(
        "unknown command: \(words.joined(separator: " "))",
        notes: near.map { "did you mean: tenantry \($0)" } + ["see: tenantry --help"])
    }
    return explain(group, words)
  }

  private var program: [String] {
    let groups = table.groups.map { group in
      (
        group,
        table.group([group]).map { $0.words[1...].joined(separator: " ") }.joined(separator: ", ")
      )
    }
    return ["Works on a Tenantry mesh: tenants, their lifecycle, operators and the ledger.", ""]
      + section("usage", ["tenantry <command> [flags]"])
      + section("commands", pairs(table.singles.map { ($0.name, $0.summary) }))
      + section("groups", pairs(groups) + ["", "tenantry <group> explains its commands."])
      + section("flags of every command", flags(GlobalFlags.all))
      + section("environment", pairs(Self.environment))
      + section("exit codes", pairs(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) }))
      + Self.closing
  }

  private func explain(_ group: [Command], _ words: [String]) -> [String] {
    section("usage", ["tenantry \(words.joined(separator: " ")) <command> [flags]"])
      + section("commands", pairs(group.map { (usage($0), $0.summary) }))
      + ["tenantry \(words.joined(separator: " ")) <command> --help explains one."]
      + [""] + Self.closing
  }

  private func explain(_ command: Command) -> [String] {
    var lines = VisibleText.wrapped(command.summary, width: Self.width) + [""]
    lines += section("usage", [usage(command, isWhole: true)])
    let arguments = command.arguments.map { ($0.label, explanation($0)) }
    lines += section("arguments", pairs(arguments))
    lines += section("flags", flags(command.flags))
    let global = GlobalFlags.all.map { flag in flag.short.map { "-\($0)" } ?? flag.label }
    lines += section(
      "flags of every command", ["\(global.joined(separator: ", ")): see tenantry --help"])
    lines += section("example", [Example.line(command)])
    return lines + Self.closing
  }

  private func usage(_ command: Command, isWhole: Bool = false) -> String {
    let required = command.flags.filter(\.isRequired).map { "\($0.label) \($0.placeholder)" }
    let parts =
      [isWhole ? "tenantry \(command.name)" : command.name]
      + command.arguments.map(\.label) + (isWhole ? required : [])
    let hasMore = isWhole && command.flags.contains { !$0.isRequired }
    return parts.joined(separator: " ") + (hasMore ? " [flags]" : "")
  }

  private func flags(_ flags: [Parameter]) -> [String] {
    pairs(
      flags.map { flag in
        let letter = flag.short.map { "-\($0), " } ?? "    "
        var name = letter + flag.label
        if case .text(let placeholder) = flag.value { name += " \(placeholder)" }
        return (name, explanation(flag))
      })
  }

  /// What the parameter is for, what it takes, and whether it must or may be given often.
  private func explanation(_ parameter: Parameter) -> String {
    var sentences = parameter.help.isEmpty ? [] : [parameter.help]
    if case .choice(let words) = parameter.value {
      sentences.append("One of \(words.joined(separator: ", ")).")
    }
    if parameter.isRequired, !parameter.isArgument { sentences.append("Required.") }
    if parameter.isRepeated { sentences.append("May be given several times.") }
    return sentences.joined(separator: " ")
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    guard !lines.isEmpty else { return [] }
    return [style.paint(title, .heading)] + lines.map { $0.isEmpty ? "" : "  \($0)" } + [""]
  }

  /// Names with explanations beside them, or below where a name is long.
  private func pairs(_ pairs: [(name: String, text: String)]) -> [String] {
    let column = min(30, pairs.map { VisibleText.width($0.name) }.max() ?? 0)
    return pairs.flatMap { name, text -> [String] in
      var wrapped = VisibleText.wrapped(text, width: Self.width - column - 4)
      let isLong = VisibleText.width(name) > column
      let first =
        isLong || wrapped.isEmpty
        ? name : VisibleText.padded(name, to: column) + "  " + wrapped.removeFirst()
      return [first] + wrapped.map { String(repeating: " ", count: column + 2) + $0 }
    }
  }

  private static let environment = [
    ("TENANTRY_SERVER", "The mesh, where no flag names it."),
    ("TENANTRY_CA", "The authority's certificate, where no flag names it."),
    ("TENANTRY_TOKEN", "A token to use instead of the profile's."),
    ("TENANTRY_PROFILE", "The profile, where no flag names it."),
    (
      "TENANTRY_CONFIG_DIR",
      "Where profiles are kept. Absent: tenantry in XDG_CONFIG_HOME or ~/.config."
    ),
    ("TENANTRY_HOME", "A local mesh: its address, its authority and its profiles."),
    ("NO_COLOR", "No colours."),
  ]

  private static let closing = [
    "docs: README.md and docs/cli.md of Tenantry's sources",
    "report a problem: docs/reporting.md",
  ]
}
