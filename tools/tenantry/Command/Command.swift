import MeshAPI

/// One command: its words, what it can be told, and what it does.
struct Command: Sendable {
  /// What a command does.
  enum Action: Sendable {
    /// Calls a method of the contract.
    case call(Operation)
    /// Does something of the program's own.
    case builtin(Builtin)
  }

  /// For example `tenants`, `suspend`.
  let words: [String]
  /// One or more sentences.
  let summary: String
  /// The arguments in their order; all are needed.
  var arguments: [Parameter] = []
  var flags: [Parameter] = []
  let action: Action

  /// The words as they are typed.
  var name: String { words.joined(separator: " ") }

  /// Asks the mesh, so it takes the flags that say which one, and how to print the answer.
  var callsServer: Bool {
    switch action {
    case .call: true
    case .builtin(let builtin): builtin == .doctor || builtin == .token || builtin == .load
    }
  }

  /// The flag called `name`, the command's own or one that every command takes.
  func flag(named name: String) -> Parameter? {
    (flags + GlobalFlags.all).first { $0.name == name }
  }
}

/// The commands that are no call of a method.
enum Builtin: Sendable, CaseIterable {
  case token
  case doctor
  case load
  case completion
  case version
  case help
}
