import Glibc
import MeshText

/// A process's log: one JSON object a line on standard error.
///
/// Never carries message bodies, tokens or SQL arguments. A supervisor rotates and ships the lines.
package struct Log: Sendable {
  /// How much a line matters.
  package enum Level: Int, Sendable, Comparable, CaseIterable {
    /// For the one who hunts a bug.
    case debug
    /// What an operator of the process wants to know.
    case info
    /// Something heals by itself, or should be looked at by daylight.
    case warning
    /// Something does not work.
    case error

    /// The level's name in lines and settings.
    package var name: String {
      switch self {
      case .debug: "debug"
      case .info: "info"
      case .warning: "warning"
      case .error: "error"
      }
    }

    /// The less important level is the lesser.
    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  private let service: String
  private let threshold: Level
  private let write: @Sendable ([UInt8]) -> Void

  /// Writes lines of `threshold` and above with `write`, standard error by default.
  package init(
    service: String, threshold: Level = .info,
    write: @escaping @Sendable ([UInt8]) -> Void = Log.writeToStandardError
  ) {
    self.service = service
    self.threshold = threshold
    self.write = write
  }

  /// Whether lines of `level` are written.
  package func writes(_ level: Level) -> Bool { level >= threshold }

  /// Writes one line with fixed-name fields.
  package func callAsFunction(
    _ level: Level, _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
  ) {
    guard level >= threshold else { return }
    var line: [UInt8] = []
    line.reserveCapacity(256)
    line.append(UInt8(ascii: "{"))
    Self.append("time", Timestamps.rfc3339(Timestamps.now()), to: &line)
    Self.append("level", level.name, to: &line)
    Self.append("service", service, to: &line)
    Self.append("message", message(), to: &line)
    for (name, value) in fields() { Self.append(name, value, to: &line) }
    line.append(contentsOf: [UInt8(ascii: "}"), UInt8(ascii: "\n")])
    write(line)
  }

  private static func append(_ name: String, _ value: String, to line: inout [UInt8]) {
    if line.count > 1 { line.append(UInt8(ascii: ",")) }
    appendQuoted(name, to: &line)
    line.append(UInt8(ascii: ":"))
    appendQuoted(value, to: &line)
  }

  private static func appendQuoted(_ text: String, to line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
      // Nearly every text is copied as it is.
      guard bytes.contains(where: needsEscape) else { return line.append(contentsOf: bytes) }
      for byte in bytes { appendEscaped(byte, to: &line) }
    }
    line.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func appendEscaped(_ byte: UInt8, to line: inout [UInt8]) {
    guard needsEscape(byte) else { return line.append(byte) }
    line.append(UInt8(ascii: "\\"))
    guard byte < 0x20 else { return line.append(byte) }
    line.append(contentsOf: "u00".utf8)
    line.append(Hex.digit(byte >> 4))
    line.append(Hex.digit(byte & 15))
  }

  /// Writes a line to standard error in one piece, so that lines of threads do not mix.
  package static let writeToStandardError: @Sendable ([UInt8]) -> Void = { line in
    // A log that cannot be written has nowhere to say so.
    _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
