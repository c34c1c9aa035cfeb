/// Reads the words and flags of one run.
///
/// Flags may stand anywhere behind the words that make the command, those that every command takes
/// also before; `--flag value` and `--flag=value` are the same; `--` ends the flags.
struct LineParser {
  private let table: CommandTable
  private var words: [String] = []
  private var arguments: [String] = []
  private var flags: [String: [String]] = [:]
  private var rest: ArraySlice<String>

  private init(_ table: CommandTable, _ typed: [String]) {
    self.table = table
    rest = typed[...]
  }

  /// Understands `typed`; throws a failure of usage that says what is wrong.
  static func parse(_ typed: [String], _ table: CommandTable) throws(Failure) -> Request {
    var parser = LineParser(table, typed)
    return try parser.run()
  }

  private mutating func run() throws(Failure) -> Request {
    if rest.first == "--version" { return .version }
    if rest.first == "help" { return .help(rest.dropFirst().filter { !$0.hasPrefix("-") }) }
    while let next = rest.popFirst() {
      if next == "--" {
        for word in rest { try take(word: word) }
        break
      }
      if next.hasPrefix("-"), next.count > 1 {
        try take(flag: next)
      } else {
        try take(word: next)
      }
    }
    if flags["help"]?.last == "true" { return .help(words) }
    guard let command = table.command(words) else { return .help(words) }
    try check(command)
    return .run(Line(command: command, arguments: arguments, flags: flags))
  }

  private mutating func take(word: String) throws(Failure) {
    if arguments.isEmpty, table.hasCommand(beginning: words + [word]) {
      words.append(word)
    } else if let command = table.command(words) {
      guard arguments.count < command.arguments.count else {
        throw .usage("\(command.name) takes no further argument: \(word)", notes: [hint])
      }
      arguments.append(word)
    } else {
      let further = rest.prefix { !$0.hasPrefix("-") }
      let suggestions = Suggestion.commands(near: words + [word] + further, in: table)
      throw .usage(
        "unknown command: \((words + [word]).joined(separator: " "))",
        notes: suggestions.map { "did you mean: tenantry \($0)" } + [hint])
    }
  }

  private mutating func take(flag typed: String) throws(Failure) {
    let (parameter, inline) = try parameter(typed)
    let text: String
    switch (parameter.value, inline) {
    case (.none, nil): text = "true"
    case (.none, let inline?):
      guard inline == "true" || inline == "false" else {
        throw .usage("--\(parameter.name) is a switch: it takes true or false, not \(inline)")
      }
      text = inline
    case (_, let inline?): text = inline
    case (_, nil):
      guard let next = rest.popFirst() else {
        throw .usage("--\(parameter.name) needs a value: \(parameter.placeholder)", notes: [hint])
      }
      text = next
    }
    if flags[parameter.name] != nil, !parameter.isRepeated, parameter.value != .none {
      throw .usage("--\(parameter.name) is given twice")
    }
    flags[parameter.name, default: []].append(text)
  }

  /// The flag that was typed and what stands behind its `=`, or behind its letter.
  private func parameter(_ typed: String) throws(Failure) -> (Parameter, inline: String?) {
    let known = (table.command(words)?.flags ?? []) + GlobalFlags.all
    if typed.hasPrefix("--") {
      let parts = typed.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts.first ?? "")
      if let parameter = known.first(where: { $0.name == name }) {
        return (parameter, parts.count > 1 ? String(parts[1]) : nil)
      }
      throw unknown(flag: "--\(name)", among: known)
    }
    let letter = typed[typed.index(after: typed.startIndex)]
    guard let parameter = known.first(where: { $0.short == letter }) else {
      throw unknown(flag: typed, among: known)
    }
    let behind = typed.dropFirst(2)
    if behind.isEmpty { return (parameter, nil) }
    return (parameter, String(behind.hasPrefix("=") ? behind.dropFirst() : behind))
  }

  private func unknown(flag: String, among known: [Parameter]) -> Failure {
    guard words.isEmpty || table.command(words) != nil else {
      return .usage(
        "\(words.joined(separator: " ")) is not a whole command, so it takes no \(flag)",
        notes: [hint])
    }
    let near = Suggestion.nearest(to: flag, among: known.map { "--\($0.name)" })
    let place = words.isEmpty ? "tenantry" : words.joined(separator: " ")
    return .usage(
      "\(place) has no flag \(flag)", notes: near.map { "did you mean: \($0)" } + [hint])
  }

  /// Refuses a line without all that the command needs, naming everything at once.
  private func check(_ command: Command) throws(Failure) {
    let absent = command.arguments.dropFirst(arguments.count).map(\.label)
    guard absent.isEmpty else {
      throw .usage("\(command.name) needs \(absent.joined(separator: " "))", notes: [hint])
    }
    if flags["file"] != nil || flags["interactive"] != nil { return }
    let missing = command.flags.filter { $0.isRequired && flags[$0.name] == nil }
    guard missing.isEmpty else {
      let names = missing.map(\.label).joined(separator: ", ")
      throw .usage("\(command.name) needs \(names)", notes: [hint])
    }
  }

  private var hint: String {
    (["see: tenantry"] + words + ["--help"]).joined(separator: " ")
  }
}
