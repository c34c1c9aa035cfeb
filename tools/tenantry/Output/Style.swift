/// Colours for people; none for programs.
struct Style: Sendable {
  /// What a colour says.
  enum Tone: String, Sendable {
    case plain = ""
    case heading = "1"
    case good = "32"
    case notice = "33"
    case bad = "31"
    case faint = "2"
  }

  let isColoured: Bool

  /// Colours where a person reads and has not said no (https://no-color.org).
  init(isInteractive: Bool, environment: [String: String]) {
    let refuses = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    isColoured = isInteractive && !refuses
  }

  /// The text in its colour.
  func paint(_ text: String, _ tone: Tone) -> String {
    guard isColoured, tone != .plain, !text.isEmpty else { return text }
    return "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m"
  }
}
