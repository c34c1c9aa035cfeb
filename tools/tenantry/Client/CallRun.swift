import MeshAPI
import MeshProto

/// A command of the contract at work: fills the request, calls, prints the answer, judges it.
struct CallRun {
  private let line: Line
  private let operation: Operation
  private let world: World
  private let format: OutputFormat

  init(_ line: Line, _ operation: Operation, _ world: World) throws(Failure) {
    self.line = line
    self.operation = operation
    self.world = world
    format = try Self.format(line)
  }

  func run() async throws(Failure) -> ExitCode {
    let settings = try SessionSettings(line, world)
    // Before anybody is asked for anything, and before standard input is read.
    try MeshClient.requireSession(for: operation.policy, at: settings.endpoint)
    let request = try RequestForm(line, operation, world).fill()
    let isStream = operation.policy.method.kind == .serverStreaming
    // A stream goes on until somebody ends it: here, there, or by --timeout.
    let timeout = try Self.timeout(line, usual: isStream ? .seconds(86_400) : .seconds(30))
    let change = SessionChange(operation.policy)
    // Who signs in is not yet anybody: the ledger is not to name the session before.
    let endpoint = change == .begins ? settings.endpoint.signedOut : settings.endpoint
    let client = try await MeshClient(endpoint, timeout: timeout, world)
    if isStream {
      var printer = StreamPrinter(format, world)
      try await client.stream(operation.policy, request.encoded) { message throws(Failure) in
        try printer.show(Record(message, operation.policy.response))
      }
      return .ok
    }
    let printer = AnswerPrinter(format, world)
    if let shape = operation.list, operation.isPaged {
      try await list(request, shape, client, printer)
      return .ok
    }
    let answer: [UInt8]
    do throws(Failure) {
      answer = try await client.call(operation.policy, request.encoded).message
    } catch {
      guard change == .ends, error.code == .notSignedIn else { throw error }
      // The session that was to end has ended already: what is left of it is our memory of it.
      try settings.forget()
      world.terminal.report("signed out of \(settings.endpoint.server)\n")
      return .ok
    }
    let record = Record(answer, operation.policy.response)
    try change?.apply(record, request, settings, world)
    try printer.show(change?.withoutToken(record) ?? record, list: operation.list)
    let verdict = Verdict(of: record)
    try verdict.report(record, format, world)
    return verdict.code
  }

  private func list(
    _ request: RequestDraft, _ shape: ListShape, _ client: MeshClient, _ printer: AnswerPrinter
  ) async throws(Failure) {
    let paging = try Paging(line)
    var merged: [UInt8] = []
    let hasMore = try await paging.follow(request, shape) { bytes throws(Failure) in
      try await client.call(operation.policy, bytes).message
    } take: { page, isLast throws(Failure) in
      if format == .jsonl || format == .name { return try printer.show(page, list: shape) }
      // The encodings of pages, one behind the other, are the encoding of the whole list; the
      // token of the last page alone says where it goes on.
      let token = shape.nextPageToken?.number ?? 0
      merged += isLast ? page.encoded : WireEdit.removing(token, from: page.encoded)
    }
    if format == .table || format == .json {
      try printer.show(Record(merged, shape.type), list: shape)
    }
    if hasMore, format == .table {
      world.terminal.report("there are more: --all, or --limit with a larger number\n")
    }
  }

  static func format(_ line: Line) throws(Failure) -> OutputFormat {
    guard let text = line.text("output") else { return .table }
    guard let format = OutputFormat(rawValue: text) else {
      let names = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw .usage("--output takes one of \(names), not \"\(text)\"")
    }
    return format
  }

  static func timeout(
    _ line: Line, usual: Duration = .seconds(30)
  ) throws(Failure) -> Duration {
    guard let text = line.text("timeout") else { return usual }
    guard let milliseconds = DurationText.milliseconds(text), milliseconds > 0 else {
      throw .usage("--timeout takes a length of time such as 30s or 2m, not \"\(text)\"")
    }
    return .milliseconds(milliseconds)
  }
}
