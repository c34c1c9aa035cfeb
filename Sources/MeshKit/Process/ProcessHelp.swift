/// The texts of `--help` and `config`.
enum ProcessHelp {
  /// What `--help` prints.
  static func text(_ definition: ServiceDefinition) -> String {
    var text = """
      \(definition.name) - \(definition.summary)

      usage: \(definition.name) [serve|migrate|config] [--config FILE]

        serve      serve until SIGTERM (the default)
        migrate    bring the database schema up to date, with the owner's role
        config     print every setting with its value and where it comes from
        --help, --version

      settings (FILE has lines `name = value`; the variable wins over the file):

      """
    for setting in definition.declared {
      let fallback = setting.fallback.map { $0.isEmpty ? "empty" : $0 } ?? "required"
      let unit = setting.unit.isEmpty ? "" : " \(setting.unit)"
      text += "  \(setting.name)  [\(fallback)\(unit)]  \(setting.variable)\n"
      text += "      \(setting.why)\n"
    }
    return text
  }

  /// What `config` prints: one line for each setting, secrets masked.
  static func settings(_ settings: Settings) -> String {
    settings.entries.map { "\($0.declaration.name) = \($0.shown)  # \($0.source.rawValue)\n" }
      .joined()
  }
}
