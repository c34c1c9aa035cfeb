import Glibc

/// The process's own input and outputs.
struct ProcessTerminal: Terminal {
  var inputIsInteractive: Bool { isatty(STDIN_FILENO) == 1 }
  var outputIsInteractive: Bool { isatty(STDOUT_FILENO) == 1 }
  var messagesAreInteractive: Bool { isatty(STDERR_FILENO) == 1 }

  func write(_ data: [UInt8]) { Self.write(data, to: STDOUT_FILENO) }

  func report(_ text: String) { Self.write(Array(text.utf8), to: STDERR_FILENO) }

  func readLine() -> String? {
    var line: [UInt8] = []
    while let byte = Self.readByte() {
      if byte == UInt8(ascii: "\n") { return Self.text(line) }
      line.append(byte)
    }
    return line.isEmpty ? nil : Self.text(line)
  }

  func readSecret() -> String? {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else { return readLine() }
    var silent = before
    // Without signals and line editing of the terminal's own, so that no key can end the process
    // while the echo is off.
    silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
      report("\n")
    }
    var typed: [UInt8] = []
    while let byte = Self.readByte() {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return Self.text(typed)
      case 3, 4: return nil  // Ctrl-C, Ctrl-D
      case 8, 127:  // backspace: one character, which may be several bytes
        while let last = typed.popLast(), last & 0xC0 == 0x80 {}
      case 21: typed.removeAll()  // Ctrl-U
      default: typed.append(byte)
      }
    }
    return nil
  }

  func readAll(limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > limit { return nil }
    }
  }

  private static func readByte() -> UInt8? {
    var byte: UInt8 = 0
    while true {
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      return count == 1 ? byte : nil
    }
  }

  private static func text(_ line: [UInt8]) -> String {
    String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...], as: UTF8.self)
  }

  private static func write(_ data: [UInt8], to descriptor: Int32) {
    data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        // Nobody is left to tell: the reader has gone, or its disk is full.
        guard count > 0 else { exit(ExitCode.failure.rawValue) }
        rest = rest.dropFirst(count)
      }
    }
  }
}
