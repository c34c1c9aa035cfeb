/// `tenantry load`: reads what to do, does it, prints what came of it.
struct LoadCommand {
  private let line: Line
  private let world: World

  init(_ line: Line, _ world: World) {
    self.line = line
    self.world = world
  }

  /// The flags of its own.
  static let flags = [
    Parameter(
      name: "method", value: .text("SERVICE/METHOD"), help: "The method to call, a unary one."),
    Parameter(
      name: "data", value: .text("JSON"),
      help: "The request, or base64: and the encoded message. Absent: an empty message."),
    Parameter(
      name: "calls", value: .text("FILE"),
      help: "Several kinds of calls in place of --method: lines of weight, method and request."),
    Parameter(
      name: "rate", value: .text("NUMBER"),
      help: "Calls per second, started by the clock however slow the server is."),
    Parameter(
      name: "concurrency", value: .text("NUMBER"),
      help: "So many callers in place of a rate, each with one call after the other."),
    Parameter(name: "connections", value: .text("NUMBER"), help: "Connections. Absent: 1."),
    Parameter(
      name: "duration", value: .text("DURATION"), help: "How long to measure. Absent: 10s."),
    Parameter(
      name: "warm-up", value: .text("DURATION"),
      help: "How long to run before, without measuring. Absent: 1s."),
    Parameter(
      name: "max-in-flight", value: .text("NUMBER"),
      help: "Calls that may be open; further ones are not made but counted. Absent: 10000."),
    Parameter(
      name: "target", value: .text("ADDRESS"),
      help: "Any gRPC server in place of the mesh, such as ipv4:127.0.0.1:50051 or unix:/path; in "
        + "the clear, or by TLS with --ca."),
    Parameter(
      name: "quiet", value: .none, help: "No progress each second, nor news of connections."),
  ]

  func run() async throws(Failure) -> ExitCode {
    let format = try CallRun.format(line)
    guard format != .name else { throw .usage("load prints a table or JSON: there are no names") }
    let plan = try LoadPlan(line)
    let mix = try LoadCalls.read(line)
    let target = try target()
    let terminal = world.terminal
    let isQuiet = line.isOn("quiet")
    let ground = try await world.connectLoad(target, plan) { event in
      if !isQuiet { terminal.report("\(event)\n") }
    }
    let progress: @Sendable (Int, LoadState) -> Void = { second, state in
      terminal.report(LoadReport.progress(second, state))
    }
    let run = LoadRun(
      plan: plan, mix: mix, ground: ground, token: target.token,
      progress: isQuiet ? nil : progress)
    let result = await run.run()
    let report = LoadReport(target: target, plan: plan, mix: mix, result: result)
    terminal.write(lines: format == .table ? report.lines : [report.json])
    return Self.code(result.state.total)
  }

  private func target() throws(Failure) -> LoadTarget {
    guard let address = line.text("target") else {
      return .mesh(try SessionSettings(line, world).endpoint)
    }
    guard line.text("server") == nil else {
      throw .usage("--target and --server exclude each other")
    }
    return .address(address, authority: line.text("ca"))
  }

  /// Done, unless not one call has succeeded: then what most of them say.
  private static func code(_ figures: LoadFigures) -> ExitCode {
    guard figures.latency.count == 0 else { return .ok }
    return figures.statuses.max { $0.value < $1.value }.map { ExitCode($0.key) } ?? .failure
  }
}
