/// The flags that every command takes.
enum GlobalFlags {
  static let all = [
    Parameter(
      name: "output", short: "o", value: .choice(OutputFormat.allCases.map(\.rawValue)),
      help: "How to print the answer. Absent: table. JSON is stable, tables are for people."),
    Parameter(
      name: "profile", value: .text("NAME"),
      help: "Whose sign-in to use. Absent: TENANTRY_PROFILE, or default."),
    Parameter(
      name: "server", value: .text("URL"),
      help: "The mesh, as https://host:port. Absent: TENANTRY_SERVER, or the profile's."),
    Parameter(
      name: "ca", value: .text("FILE"),
      help: "Who vouches for the server, a PEM file. Absent: TENANTRY_CA, or the profile's."
    ),
    Parameter(
      name: "timeout", value: .text("DURATION"),
      help: "When to give up, retries included. Absent: 30s."),
    Parameter(name: "help", short: "h", value: .none, help: "Explain the command."),
  ]

  static let names = Set(all.map(\.name))
}

/// How an answer is printed.
enum OutputFormat: String, Sendable, CaseIterable {
  /// For people.
  case table
  /// One JSON text, indented.
  case json
  /// One JSON text a line: one for each row of a list.
  case jsonl
  /// The ids alone, one a line.
  case name
}
