/// Where a person or a script sits: data goes out one way, messages another.
protocol Terminal: Sendable {
  /// Answers typed by a person come from the input.
  var inputIsInteractive: Bool { get }
  /// Data is read by a person, not by a program.
  var outputIsInteractive: Bool { get }
  /// Messages are read by a person.
  var messagesAreInteractive: Bool { get }
  /// Writes data, as it is.
  func write(_ data: [UInt8])
  /// Writes messages, as they are.
  func report(_ text: String)
  /// The next line of the input without its end; nil at the input's end.
  func readLine() -> String?
  /// A line that does not show while it is typed; nil when it was abandoned.
  func readSecret() -> String?
  /// The rest of the input; nil when it is longer than `limit` bytes.
  func readAll(limit: Int) -> [UInt8]?
}

extension Terminal {
  /// Writes lines of data.
  func write(lines: [String]) {
    write(Array(lines.map { $0 + "\n" }.joined().utf8))
  }
}
