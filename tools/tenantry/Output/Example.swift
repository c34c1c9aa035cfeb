/// A line that shows a command in use.
enum Example {
  /// The command with its arguments and required flags filled in.
  static func line(_ command: Command) -> String {
    let arguments = command.arguments.map(value)
    let flags = command.flags.filter(\.isRequired).flatMap { [$0.label, value($0)] }
    let password = command.flags.contains { $0.name == "password-stdin" }
    return (["tenantry", command.name] + arguments + flags).joined(separator: " ")
      + (password ? " --password-stdin < password.txt" : "")
  }

  /// A value such as the contract's comment gives as an example, or one that is usual for the name.
  private static func value(_ parameter: Parameter) -> String {
    if let quoted = quoted(in: parameter.help) { return shellWord(quoted) }
    if case .choice(let words) = parameter.value { return words.first ?? "" }
    switch (parameter.name, parameter.value) {
    case ("email", _): return "ada@example.com"
    case ("name", _), ("display-name", _): return "\"Globex\""
    case ("reason", _): return "\"asked for in ticket 4711\""
    case ("index", _): return "1"
    case (_, .text("ID")): return "0199f3a2-7c41-7b1e-9d54-2f60c8a1e5b3"
    case (_, .text("DURATION")): return "30d"
    case (_, .text("TIME")): return "2026-11-20T11:00:00Z"
    case (_, .text("NUMBER")): return "10"
    default: return "\"…\""
    }
  }

  /// The text in quotes behind the words "for example".
  private static func quoted(in help: String) -> String? {
    guard let start = help.firstRange(of: "or example \"")?.upperBound,
      let end = help[start...].firstIndex(of: "\"")
    else { return nil }
    return String(help[start..<end])
  }

  private static func shellWord(_ text: String) -> String {
    text.allSatisfy { $0.isLetter || $0.isNumber || "-_.@:/".contains($0) } ? text : "\"\(text)\""
  }
}
