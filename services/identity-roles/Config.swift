import MeshCrypto
import MeshKit

/// Every knob of the service.
enum Config {
  static let environment = Setting(
    "environment", default: "development", why: "production asks for setup-email"
  ) { text in
    ["development", "staging", "production"].contains(text)
      ? nil : "must be development, staging or production"
  }
  static let setupEmail = Setting(
    "setup-email", default: "",
    why: "the only address that may become the first operator; empty lets whoever is first"
  ) { text in
    text.isEmpty || EmailAddress(rawValue: text) != nil ? nil : "must be an e-mail address"
  }
  static let operatorSession = Setting(
    "admin-session-timeout", default: Duration.seconds(24 * 3600),
    in: .seconds(60)...(.seconds(30 * 86_400)),
    why: "an operator's session ends this long after sign-in; a working day and its night")
  static let memberSession = Setting(
    "member-session-timeout", default: Duration.seconds(24 * 3600),
    in: .seconds(60)...(.seconds(30 * 86_400)),
    why: "a member's session ends this long after sign-in")
  static let idleTimeout = Setting(
    "session-idle-timeout", default: Duration.seconds(30 * 60),
    in: .seconds(60)...(.seconds(30 * 86_400)),
    why: "a session ends when it was not used for this long; OWASP advises 15 to 30 minutes")
  static let tenantTokenLifetime = Setting(
    "tenant-token-lifetime", default: Duration.seconds(15 * 60),
    in: .seconds(60)...(.seconds(86_400)),
    why: "a token for one tenant lives this long when nothing is asked for; longer than a job runs")
  static let tenantTokenLimit = Setting(
    "tenant-token-limit", default: Duration.seconds(3600), in: .seconds(60)...(.seconds(86_400)),
    why: "the longest life of a token for one tenant; a job that takes longer asks for another one")
  static let introspectMaxAge = Setting(
    "introspect-max-age", default: Duration.seconds(30), in: .seconds(1)...(.seconds(60)),
    why: "an edge may remember a session this long; changes are pushed, this bounds a lost push")
  static let watchLease = Setting(
    "session-watch-lease", default: Duration.seconds(3), in: .seconds(1)...(.seconds(60)),
    why: "an edge that does not answer delays a change this long and is then not trusted")
  static let failureThreshold = Setting(
    "sign-in-failures", default: 5, in: 3...100, unit: "failures",
    why: "this many in a row pause sign-in; NIST SP 800-63B allows 100 at most")
  static let firstPause = Setting(
    "sign-in-pause", default: Duration.seconds(30), in: .seconds(1)...(.seconds(3600)),
    why: "the first pause, doubled by each further failure")
  static let longestPause = Setting(
    "sign-in-longest-pause", default: Duration.seconds(3600), in: .seconds(1)...(.seconds(86_400)),
    why: "24 guesses a day at most; longer would only help those who want to lock others out")
  static let failureMemory = Setting(
    "sign-in-failure-memory", default: Duration.seconds(86_400),
    in: .seconds(60)...(.seconds(30 * 86_400)),
    why: "failures are forgotten when this long has passed since the last one")
  static let passwordCost = Setting(
    "password-cost", default: 17, in: 14...18, unit: "log2 of scrypt's N",
    why: "OWASP's first choice, 128 MiB and a third of a second; hashes follow at the next sign-in")
  static let passwordQueue = Setting(
    "password-queue", default: 32, in: 1...1000, unit: "sign-ins",
    why: "more at once are sent away: each holds a thread and 128 MiB for a third of a second")
  static let nameLimit = Setting(
    "name-limit", default: 80, in: 1...500, unit: "characters",
    why: "a person's name must fit a table's column")
  static let reasonLimit = Setting(
    "reason-limit", default: 500, in: 10...4000, unit: "characters",
    why: "a reason is a few sentences and a ticket's number, not a document")
  static let tenantTimeout = Setting(
    "tenant-timeout", default: Duration.seconds(2), in: .milliseconds(100)...(.seconds(30)),
    why: "a member's sign-in waits this long for the tenant's state, then it is refused")
  static let supportURL = Setting(
    "support-url", default: "https://localhost/support",
    why: "link in the refusal of a suspended tenant's members; the same as the edge's")
  static let sessionRetention = Setting(
    "session-retention", default: Duration.seconds(90 * 86_400),
    in: .seconds(31 * 86_400)...(.seconds(3650 * 86_400)),
    why: "sessions are listed this long after their start; longer than any of them lives")
  static let sweepInterval = Setting(
    "session-sweep-interval", default: Duration.seconds(3600),
    in: .seconds(60)...(.seconds(86_400)),
    why: "how often old sessions are looked for")
  static let sweepBatch = Setting(
    "session-sweep-batch", default: 1000, in: 1...10_000, unit: "sessions",
    why: "forgotten in one statement; a round goes on until none is left")

  static let all: [SettingDeclaration] = [
    environment.declaration, setupEmail.declaration, operatorSession.declaration,
    memberSession.declaration, idleTimeout.declaration, tenantTokenLifetime.declaration,
    tenantTokenLimit.declaration, introspectMaxAge.declaration,
    watchLease.declaration, failureThreshold.declaration, firstPause.declaration,
    longestPause.declaration, failureMemory.declaration, passwordCost.declaration,
    passwordQueue.declaration, nameLimit.declaration, reasonLimit.declaration,
    tenantTimeout.declaration, supportURL.declaration, sessionRetention.declaration,
    sweepInterval.declaration,
    sweepBatch.declaration,
  ]

  /// The rules as they are set.
  static func rules(_ settings: Settings) throws(SettingsError) -> IdentityRules {
    let idle = try settings[idleTimeout].micros
    return IdentityRules(
      setup: try setupRule(settings),
      throttle: ThrottleLimits(
        threshold: try settings[failureThreshold], firstPause: try settings[firstPause].micros,
        longestPause: try settings[longestPause].micros,
        memory: try settings[failureMemory].micros),
      sessions: SessionRules(
        operators: SessionLimits(absolute: try settings[operatorSession].micros, idle: idle),
        members: SessionLimits(absolute: try settings[memberSession].micros, idle: idle)),
      table: .contract,
      tokens: TokenLimits(
        standard: try settings[tenantTokenLifetime].components.seconds,
        longest: try settings[tenantTokenLimit].components.seconds),
      nameLimit: try settings[nameLimit],
      reasonLimit: try settings[reasonLimit])
  }

  /// Who may become the first operator; in production somebody must be named.
  static func setupRule(_ settings: Settings) throws(SettingsError) -> SetupRule {
    let email = try settings[setupEmail]
    let isProduction = try settings[environment] == "production"
    guard !email.isEmpty || !isProduction else {
      throw .malformed(
        name: setupEmail.name, rule: "must be set when environment is production")
    }
    return SetupRule(reservedFor: EmailAddress(rawValue: email))
  }

  /// Password hashing as it is set.
  static func passwords(_ settings: Settings) throws -> Passwords {
    Passwords(
      parameters: try ScryptParameters(logN: try settings[passwordCost], r: 8, p: 1),
      limit: try settings[passwordQueue])
  }
}

extension Duration {
  /// The duration in microseconds, cut.
  var micros: Micros {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
