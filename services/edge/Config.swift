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

  static let all: [SettingDeclaration] = [
    operatorListen.declaration, tenantListen.declaration, publicCertificate.declaration,
    publicKey.declaration, callerSigningKey.declaration, contact.declaration,
    supportURL.declaration, sessionCache.declaration, askTimeout.declaration,
    callTimeout.declaration,
  ]
}
