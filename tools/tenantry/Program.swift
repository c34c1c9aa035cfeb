import MeshAPI

/// One run: reads the line, does it, and says how it ended.
struct Program: Sendable {
  let world: World
  let table: CommandTable

  /// A program with the commands of `policies`, in `world`.
  init(world: World, policies: [MethodPolicy] = PolicyTable.all) {
    self.world = world
    table = CommandTable(policies)
  }

  /// Runs the words behind the program's name; failures are reported here and nowhere else.
  func run(_ typed: [String]) async -> ExitCode {
    if typed.first == Completion.word {
      world.terminal.write(lines: Completion(table, store).candidates(Array(typed.dropFirst())))
      return .ok
    }
    do throws(Failure) {
      switch try LineParser.parse(typed, table) {
      case .run(let line): return try await run(line)
      case .help(let words): try help(words)
      case .version: version()
      }
      return .ok
    } catch {
      report(error)
      return error.code
    }
  }

  private func run(_ line: Line) async throws(Failure) -> ExitCode {
    switch line.command.action {
    case .call(let operation):
      return try await CallRun(line, operation, world).run()
    case .builtin(.token):
      let settings = try SessionSettings(line, world)
      guard let token = settings.endpoint.token else {
        throw MeshClient.notSignedIn(to: settings.endpoint.server)
      }
      world.terminal.write(lines: [token])
    case .builtin(.doctor): return try await Doctor(line, world).run()
    case .builtin(.load): return try await LoadCommand(line, world).run()
    case .builtin(.completion):
      guard let shell = Shell(rawValue: line.arguments.first ?? "") else {
        throw .usage(
          "completion takes one of \(Shell.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      world.terminal.write(lines: [shell.script])
    case .builtin(.version): version()
    case .builtin(.help): try help([])
    }
    return .ok
  }

  private func version() { world.terminal.write(lines: ["tenantry \(Version.text)"]) }

  private func help(_ words: [String]) throws(Failure) {
    let style = Style(
      isInteractive: world.terminal.outputIsInteractive, environment: world.environment)
    world.terminal.write(lines: try HelpText(table, style).lines(words))
  }

  private func report(_ failure: Failure) {
    let style = Style(
      isInteractive: world.terminal.messagesAreInteractive, environment: world.environment)
    world.terminal.report(style.paint("error:", .bad) + " \(failure.message)\n")
    for note in failure.notes { world.terminal.report("  \(note)\n") }
  }

  private var store: ProfileStore { ProfileStore(environment: world.environment) }
}
