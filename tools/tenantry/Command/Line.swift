/// What was typed, understood: a command, and what it is told.
struct Line: Sendable {
  let command: Command
  /// The arguments at their places.
  var arguments: [String] = []
  /// The texts of each flag by its name; a switch has `true` or `false`.
  var flags: [String: [String]] = [:]

  /// The last text given for a flag.
  func text(_ flag: String) -> String? { flags[flag]?.last }

  /// Whether a switch is on.
  func isOn(_ flag: String) -> Bool { text(flag) == "true" }
}

/// What a run was asked for.
enum Request: Sendable {
  case run(Line)
  /// Explain the command or the group with these words; none: the program.
  case help([String])
  case version
}
