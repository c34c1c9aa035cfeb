/// Why a run ends without having done what it was asked for.
struct Failure: Error, Sendable, Equatable {
  let code: ExitCode
  /// One line, lower case, without a full stop.
  let message: String
  /// Further lines: what exactly is wrong, what to do about it.
  var notes: [String] = []

  init(_ code: ExitCode, _ message: String, notes: [String] = []) {
    self.code = code
    self.message = message
    self.notes = notes
  }

  /// What was typed cannot be understood.
  static func usage(_ message: String, notes: [String] = []) -> Failure {
    Failure(.usage, message, notes: notes)
  }

  /// The same failure with one more line.
  func noting(_ note: String) -> Failure { Failure(code, message, notes: notes + [note]) }
}
