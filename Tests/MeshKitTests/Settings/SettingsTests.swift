import Testing

@testable import MeshKit

@Suite("Settings")
struct SettingsTests {
  private static let limit = Setting(
    "display-name-limit", default: 80, in: 1...500, unit: "characters", why: "it fits a table")
  private static let timeout = Setting(
    "session-timeout", default: Duration.seconds(86_400), in: .seconds(60)...(.seconds(864_000)),
    why: "a day")
  private static let secret = Setting<String>(
    "database-url", default: nil, why: "where the data is", isSecret: true, variable: "DATABASE_URL"
  )
  private static let declared = [limit.declaration, timeout.declaration, secret.declaration]

  private func settings(
    _ file: String? = nil, _ environment: [String: String] = [:]
  ) throws(SettingsError) -> Settings {
    try Settings(declared: Self.declared, file: file, environment: environment)
  }

  @Test("come from the environment before the file before the default")
  func precedence() throws {
    #expect(try settings()[Self.limit] == 80)
    #expect(try settings("display-name-limit = 40")[Self.limit] == 40)
    let both = try settings(
      "display-name-limit = 40", ["TENANTRY_DISPLAY_NAME_LIMIT": "20", "PATH": "/bin"])
    #expect(try both[Self.limit] == 20)
    #expect(both.entries.map(\.source) == [.environment, .standard, .standard])
  }

  @Test("skip comments and blank lines, and keep = in values")
  func file() throws {
    let settings = try settings("# a comment\n\n  database-url =  host=/run user=x \n")
    #expect(try settings[Self.secret] == "host=/run user=x")
  }

  @Test(
    "that break a rule are refused with the name and the rule",
    arguments: [
      ("display-name-limit = 0", "display-name-limit must be 1 to 500"),
      ("display-name-limit = many", "display-name-limit must be a whole number"),
      (
        "session-timeout = 5",
        "session-timeout must be a duration such as 500ms, 30s, 15m, 24h or 30d"
      ),
      ("session-timeout = 1s", "session-timeout must be 1m to 10d"),
      ("display-name = 3", "line 1: there is no setting display-name"),
      ("\nnonsense", "line 2 is not `name = value`"),
    ])
  func refused(file: String, message: String) {
    let error = #expect(throws: SettingsError.self) { try settings(file) }
    #expect(error?.description == message)
  }

  @Test("without a default must be set")
  func missing() {
    let error = #expect(throws: SettingsError.self) { try settings()[Self.secret] }
    #expect(
      error?.description == "database-url is required; set it in the file or as DATABASE_URL")
  }

  @Test("that are secret are never shown")
  func masked() throws {
    let settings = try settings("database-url = postgresql://u:hunter2@db/x")
    #expect(settings.entries.map(\.shown) == ["80", "1d", "********"])
  }

  @Test(
    "read and write durations",
    arguments: [("500ms", "500ms"), ("24h", "1d"), ("90s", "90s"), ("0s", "0ms")])
  func durations(text: String, written: String) throws {
    #expect(try #require(Duration(settingText: text)).settingText == written)
  }
}
