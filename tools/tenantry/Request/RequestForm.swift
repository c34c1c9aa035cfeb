import MeshCrypto
import MeshProto

/// Fills a request from a line, a file and, where somebody wants to be asked, a dialogue.
struct RequestForm {
  /// The longest file or standard input that is read, in bytes: the longest message there is.
  static let sizeLimit = 4 << 20

  private let line: Line
  private let operation: Operation
  private let world: World

  init(_ line: Line, _ operation: Operation, _ world: World) {
    self.line = line
    self.operation = operation
    self.world = world
  }

  /// The request with everything but the page to ask for.
  func fill() throws(Failure) -> RequestDraft {
    var draft = RequestDraft(operation.policy.request)
    if let file = line.text("file") { try draft.merge(json: try read(file), from: file) }
    for (parameter, text) in zip(line.command.arguments, line.arguments) {
      try draft.set(parameter, [text])
    }
    for parameter in operation.fieldFlags {
      if let texts = line.flags[parameter.name] {
        try draft.set(parameter, texts)
      } else if line.isOn("interactive") {
        try ask(parameter, &draft)
      }
    }
    if let field = operation.requestID {
      let given = line.text("request-id") ?? Record(draft.encoded, draft.type).text(field.name)
      try draft.set(field, text: given.isEmpty ? newID() : given)
    }
    try confirm()
    if let field = operation.secret { try draft.set(field, text: try secret()) }
    return draft
  }

  private func newID() -> String {
    UUIDv7.make(milliseconds: UInt64(clamping: world.milliseconds())).description
  }

  private func read(_ file: String) throws(Failure) -> [UInt8] {
    guard file == "-" else { return try LocalFile.read(file, limit: Self.sizeLimit) }
    guard !line.isOn("password-stdin") else {
      throw .usage("standard input cannot be both the request and the password")
    }
    guard let bytes = world.terminal.readAll(limit: Self.sizeLimit) else {
      throw .usage("standard input is longer than \(Self.sizeLimit) bytes")
    }
    return bytes
  }

  /// Asks for one field until the answer is valid; an empty answer leaves the field out.
  private func ask(_ parameter: Parameter, _ draft: inout RequestDraft) throws(Failure) {
    guard world.terminal.inputIsInteractive else {
      throw .usage("--interactive needs a terminal to ask on")
    }
    if !parameter.help.isEmpty { world.terminal.report("\(parameter.help)\n") }
    let kind = parameter.value == .none ? "true|false" : parameter.placeholder
    let isKnown = !Record(draft.encoded, draft.type).isEmpty(parameter)
    while true {
      world.terminal.report("\(parameter.name) (\(kind)): ")
      guard let answer = world.terminal.readLine() else {
        throw .usage("the input ended before the request was complete")
      }
      if answer.isEmpty, isKnown || !parameter.isRequired { return }
      do throws(Failure) {
        if answer.isEmpty { throw .usage("\(parameter.name) is required") }
        return try draft.set(parameter, [answer])
      } catch {
        world.terminal.report("  \(error.message)\n")
      }
    }
  }

  /// Asks a person who is about to destroy something; a script has said what it wants.
  private func confirm() throws(Failure) {
    guard operation.policy.effect == .destroy, !line.isOn("yes"),
      world.terminal.inputIsInteractive
    else { return }
    let object = ([line.command.name] + line.arguments).joined(separator: " ")
    world.terminal.report("\(object): are you sure? [y/N] ")
    let answer = world.terminal.readLine()?.lowercased()
    guard answer == "y" || answer == "yes" else { throw Failure(.failure, "nothing was done") }
  }

  private func secret() throws(Failure) -> String {
    if line.isOn("password-stdin") {
      guard let bytes = world.terminal.readAll(limit: 4096) else {
        throw .usage("the password is longer than 4096 bytes")
      }
      let text = String(decoding: bytes, as: UTF8.self)
      return String(text.split(whereSeparator: \.isNewline).first ?? "")
    }
    guard world.terminal.inputIsInteractive else {
      throw .usage("there is no terminal to ask for the password; use --password-stdin")
    }
    let password = try askSecret("password: ")
    // A password that is being chosen is typed twice, since a slip would lock its owner out.
    if operation.policy.event != "session.started.v1", try askSecret("again: ") != password {
      throw .usage("the two passwords differ")
    }
    return password
  }

  private func askSecret(_ prompt: String) throws(Failure) -> String {
    world.terminal.report(prompt)
    guard let secret = world.terminal.readSecret(), !secret.isEmpty else {
      throw .usage("no password was given")
    }
    return secret
  }
}

extension Record {
  /// Nothing has been filled in for the parameter yet.
  fileprivate func isEmpty(_ parameter: Parameter) -> Bool {
    parameter.field.map { values($0).isEmpty } ?? true
  }
}
