/// What a process was asked to do: its arguments, read.
struct ProcessArguments: Equatable {
  enum Action: Equatable {
    case serve, migrate, config, help, version
  }

  var action = Action.serve
  var file: String?

  /// Reads the arguments behind the program's name; a sentence for the user when they make no
  /// sense.
  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    var actionSeen = false
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h": action = .help
      case "--version": action = .version
      case "--config":
        guard let path = rest.popFirst() else { throw UsageError("--config needs a file") }
        file = path
      case "serve" where !actionSeen, "migrate" where !actionSeen, "config" where !actionSeen:
        action = argument == "serve" ? .serve : argument == "migrate" ? .migrate : .config
        actionSeen = true
      default: throw UsageError("\(argument) is not known here; try --help")
      }
      if action == .help || action == .version { return }
    }
  }
}

/// Why arguments make no sense.
struct UsageError: Error, Equatable {
  let text: String
  init(_ text: String) { self.text = text }
}
