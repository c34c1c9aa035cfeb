import MeshAPI

/// Every command of the program: those of the contract and its own.
struct CommandTable: Sendable {
  let commands: [Command]

  /// The commands of `policies`, and the program's own.
  init(_ policies: [MethodPolicy] = PolicyTable.all) {
    commands =
      policies.filter { !$0.cli.isEmpty }.map { Operation($0).command }
      + Builtin.allCases.map(\.command)
  }

  /// The command with exactly these words.
  func command(_ words: [String]) -> Command? { commands.first { $0.words == words } }

  /// Whether some command begins with these words.
  func hasCommand(beginning words: [String]) -> Bool {
    commands.contains { $0.words.starts(with: words) }
  }

  /// The commands whose first words these are, in the order of their names.
  func group(_ words: [String]) -> [Command] {
    commands.filter { $0.words.starts(with: words) && $0.words.count > words.count }
      .sorted { $0.name < $1.name }
  }

  /// The first words of commands with more than one word, each once, in alphabetical order.
  var groups: [String] { Set(commands.filter { $0.words.count > 1 }.map { $0.words[0] }).sorted() }

  /// The commands of one word, in the order in which one needs them.
  var singles: [Command] { commands.filter { $0.words.count == 1 } }
}

extension Builtin {
  /// The command that does this.
  var command: Command {
    switch self {
    case .token:
      Command(
        words: ["auth", "token"], summary: "Prints the session's token, for other gRPC clients.",
        action: .builtin(self))
    case .doctor:
      Command(
        words: ["doctor"],
        summary: "Looks for what keeps you from working: server, certificate, clock, sign-in.",
        action: .builtin(self))
    case .load:
      Command(
        words: ["load"],
        summary: "Loads a server with unary calls and measures it, by a clock or by its answers.",
        flags: LoadCommand.flags, action: .builtin(self))
    case .completion:
      Command(
        words: ["completion"], summary: "Prints a script that completes commands in your shell.",
        arguments: [
          Parameter(
            name: "shell", value: .choice(Shell.allCases.map(\.rawValue)), isRequired: true,
            isArgument: true)
        ], action: .builtin(self))
    case .version:
      Command(
        words: ["version"], summary: "Prints the program's version.", action: .builtin(self))
    case .help:
      Command(
        words: ["help"], summary: "Explains a command, for example: tenantry help tenants create.",
        action: .builtin(self))
    }
  }
}
