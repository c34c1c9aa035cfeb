import MeshKit

/// Every knob of the service.
enum Config {
  static let batchLimit = Setting(
    "append-batch-limit", default: 1000, in: 1...10_000, unit: "events",
    why: "one append is one transaction; relays send 500 at a time")
  static let eventLimit = Setting(
    "event-limit", default: 32_768, in: 1024...65_536, unit: "bytes",
    why: "an event is a few hundred bytes; a page and a stretch of verification must fit memory")
  static let verifyBatch = Setting(
    "verify-batch", default: 500, in: 1...500, unit: "entries",
    why: "read and hashed at once; the next ones are read meanwhile")
  static let pageBytes = Setting(
    "page-bytes", default: 3 << 20, in: 65_536...(16 << 20), unit: "bytes",
    why: "a page must fit gRPC's message limit of 4 MiB with room for hashes and names")

  static let all: [SettingDeclaration] = [
    batchLimit.declaration, eventLimit.declaration, verifyBatch.declaration, pageBytes.declaration,
  ]

  /// The limits as they are set.
  static func limits(_ settings: Settings) throws(SettingsError) -> AuditLimits {
    AuditLimits(
      batch: try settings[batchLimit], eventBytes: try settings[eventLimit],
      verifyBatch: try settings[verifyBatch], pageBytes: try settings[pageBytes])
  }
}
