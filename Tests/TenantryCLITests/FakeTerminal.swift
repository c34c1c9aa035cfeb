import Synchronization

@testable import TenantryCLI

/// A terminal that a test types on and reads.
final class FakeTerminal: Terminal {
  private struct State {
    var input: [UInt8]
    var output: [UInt8] = []
    var messages = ""
  }

  let inputIsInteractive: Bool
  let outputIsInteractive: Bool
  let messagesAreInteractive: Bool
  private let state: Mutex<State>

  /// Types `input`, as a person where `isInteractive`.
  init(input: String = "", isInteractive: Bool = false) {
    inputIsInteractive = isInteractive
    outputIsInteractive = isInteractive
    messagesAreInteractive = isInteractive
    state = Mutex(State(input: Array(input.utf8)))
  }

  var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
  var messages: String { state.withLock { $0.messages } }

  func write(_ data: [UInt8]) { state.withLock { $0.output += data } }
  func report(_ text: String) { state.withLock { $0.messages += text } }

  func readLine() -> String? {
    state.withLock { state in
      guard !state.input.isEmpty else { return nil }
      let line = state.input.prefix { $0 != 10 }
      state.input.removeFirst(min(line.count + 1, state.input.count))
      return String(decoding: line, as: UTF8.self)
    }
  }

  func readSecret() -> String? { readLine() }

  func readAll(limit: Int) -> [UInt8]? {
    state.withLock { state in
      defer { state.input = [] }
      return state.input.count > limit ? nil : state.input
    }
  }
}
