import MeshKit

/// Every knob of the edge.
enum Config {
  /// The operator plane's addresses.
  static let operatorListen = Setting(
    "operator-listen", default: "127.0.0.1:3001,[::1]:3001",
    why: "addresses of the operator plane, TLS; 3001 is the console's usual port")
  /// The tenant plane's addresses.
  static let tenantListen = Setting(
    "tenant-listen", default: "127.0.0.1:3200,[::1]:3200",
    why: "addresses of the tenant plane, TLS; 3200 is the tenant admin's usual port")
  /// What callers from outside see.
  static let publicCertificate = Setting<String>(
    "public-certificate", default: nil, why: "PEM file with the certificate that callers see")
  /// The key of that certificate.
  static let publicKey = Setting<String>(
    "public-key", default: nil, why: "PEM file with that certificate's private key")
  /// Signs who calls.
  static let callerSigningKey = Setting<String>(
    "caller-signing-key", default: nil,
    why: "PEM file with the Ed25519 key that signs caller contexts for the services")
  /// Whom refusals name.
  static let contact = Setting(
    "contact", default: "", why: "line that every refusal ends with, e.g. whom to ask for access")
  /// Where members of a suspended tenant are sent.
  static let supportURL = Setting(
    "support-url", default: "https://localhost/support",
    why: "link in the refusal of a suspended tenant's members")
  /// Sessions that are remembered.
  static let sessionCache = Setting(
    "session-cache", default: 10_000, in: 1...1_000_000, unit: "sessions",
    why: "about 1 KiB each; beyond it the least recently used one is asked about again")
  /// How long a question to another service may take.
  static let askTimeout = Setting(
    "ask-timeout", default: Duration.seconds(2), in: .milliseconds(50)...(.seconds(30)),
    why: "for introspection and tenant states; they answer in milliseconds or not at all")
  /// How long a JSON call may take that says nothing itself.
  static let callTimeout = Setting(
    "call-timeout", default: Duration.seconds(30), in: .seconds(1)...(.seconds(600)),
    why: "longer than any call should take, shorter than a browser waits")

  /// Calls of one address without a credential.
  static let addressRate = Setting(
    "address-rate", default: 200, in: 0...1_000_000, unit: "per second, 0: any",
    why: "calls of one address that have no valid credential; set 0 behind a proxy that hides it")
  /// Calls of one account.
  static let callerRate = Setting(
    "caller-rate", default: 2000, in: 0...1_000_000, unit: "per second, 0: any",
    why: "calls of one account, whatever they are; far more than a person or a console makes")
  /// Calls of all members of one tenant.
  static let tenantRate = Setting(
    "tenant-rate", default: 5000, in: 0...1_000_000, unit: "per second, 0: any",
    why: "calls of all members of one tenant, so that none of them crowds out the others")
  /// Calls of one caller to methods that cost much.
  static let methodRates = Setting(
    "method-rates",
    default: """
      tenantry.identity.v1.IdentityService/SignIn=20,\
      tenantry.audit.v1.AuditService/VerifyLedger=20
      """,
    why: "calls per second of one caller to a method: those that hash a password or a ledger"
  ) { text in methodRates(text) == nil ? "must be <service>/<method>=<number>, …" : nil }
  /// How much of a rate may come at once.
  static let rateBurst = Setting(
    "rate-burst", default: 5, in: 1...60, unit: "seconds' worth",
    why: "calls that may come at once after a pause: a page of a console makes dozens")

  /// The limits of calls as they are set.
  static func rates(_ settings: Settings) throws(SettingsError) -> RateLimiter.Limits {
    let burst = try settings[rateBurst]
    var limits = RateLimiter.Limits(
      address: Rate(perSecond: try settings[addressRate], burstSeconds: burst),
      caller: Rate(perSecond: try settings[callerRate], burstSeconds: burst),
      tenant: Rate(perSecond: try settings[tenantRate], burstSeconds: burst))
    for (path, rate) in methodRates(try settings[methodRates]) ?? [:] {
      limits.methods[path] = Rate(perSecond: rate, burstSeconds: burst)
    }
    return limits
  }

  /// Reads `<service>/<method>=<number>` separated by commas; nil where it is none.
  private static func methodRates(_ text: String) -> [String: Int]? {
    var rates: [String: Int] = [:]
    for item in text.split(separator: ",") {
      let parts = item.trimmingSpace.split(separator: "=")
      guard parts.count == 2, parts[0].contains("/"), let rate = Int(parts[1].trimmingSpace),
        (0...1_000_000).contains(rate)
      else { return nil }
      rates["/\(parts[0].trimmingSpace)"] = rate
    }
    return rates
  }

  static let all: [SettingDeclaration] = [
    operatorListen.declaration, tenantListen.declaration, publicCertificate.declaration,
    publicKey.declaration, callerSigningKey.declaration, contact.declaration,
    supportURL.declaration, sessionCache.declaration, askTimeout.declaration,
    callTimeout.declaration, addressRate.declaration, callerRate.declaration,
    tenantRate.declaration, methodRates.declaration, rateBurst.declaration,
  ]
}
