import Glibc
import MeshAPI
import MeshProto
import Testing

@testable import TenantryCLI

@Suite("Answers are laid out for people")
struct OutputTests {
  private let tables = TableText(style: Style(isInteractive: false, environment: [:]))

  private func record(_ message: some ProtoMessage) -> Record {
    Record(message.serialized(), type(of: message).descriptor)
  }

  @Test("a table has a heading, aligned columns, and none that is empty")
  func table() {
    let rows = [
      OpsV1.Process(
        name: "tenants", health: .serving, version: "0.1.0", address: "unix:/a", pid: 7),
      OpsV1.Process(
        name: "audit", health: .notServing, version: "0.1.0", address: "unix:/b", pid: 11),
    ]
    #expect(
      tables.rows(Columns.of(OpsV1.Process.descriptor), rows.map(record)) == [
        "PROCESS  HEALTH       VERSION  ADDRESS  PID  OUTBOX",
        "tenants  serving      0.1.0    unix:/a  7    0",
        "audit    not-serving  0.1.0    unix:/b  11   0",
      ])
  }

  @Test("one record is a list of what it says")
  func details() {
    let tenant = TenantsV1.Tenant(
      tenantID: "T1", displayName: "Globex", state: .suspended, tier: .s,
      createdAt: .init(seconds: 1_795_172_400), reason: "ticket 4711", epoch: 3)
    setenv("TZ", "UTC", 1)
    #expect(
      tables.details(record(tenant)) == [
        "tenant id     T1",
        "display name  Globex",
        "state         suspended",
        "tier          S",
        "sandbox       no",
        "created at    2026-11-20 11:00:00",
        "reason        ticket 4711",
        "epoch         3",
      ])
  }

  @Test("records inside a record are indented")
  func nested() {
    let answer = AuditV1.VerifyLedgerResponse(
      tenantID: "T1", damage: .init(sequence: 4, kind: .brokenChain, description: "hash"))
    let lines = tables.details(record(answer))
    #expect(
      lines.suffix(4) == [
        "damage",
        "  sequence      4",
        "  kind          broken-chain",
        "  description   hash",
      ])
  }

  @Test("a text cannot rewrite the screen")
  func harmless() {
    #expect(VisibleText.harmless("a\u{1B}[2Jb\nc\u{202E}d") == "a\u{FFFD}[2Jb c\u{FFFD}d")
    #expect(VisibleText.harmless("Zoë 株式会社") == "Zoë 株式会社")
  }

  @Test("wide characters take two columns")
  func width() {
    #expect(VisibleText.width("Zoë") == 3)
    #expect(VisibleText.width("株式") == 4)
  }

  @Test("colours are for people who want them")
  func colours() {
    #expect(
      Style(isInteractive: true, environment: [:]).paint("x", .good) == "\u{1B}[32mx\u{1B}[0m")
    #expect(Style(isInteractive: false, environment: [:]).paint("x", .good) == "x")
    #expect(Style(isInteractive: true, environment: ["NO_COLOR": "1"]).paint("x", .good) == "x")
    #expect(Style(isInteractive: true, environment: ["TERM": "dumb"]).paint("x", .good) == "x")
  }

  @Test("declared columns name fields that exist")
  func columns() throws {
    for name in Columns.declaredTypes {
      let type = try #require(Catalog.types[name], "\(name)")
      for column in Columns.of(type) {
        for path in column.paths {
          #expect(
            Self.exists(path.split(separator: ".").map(String.init), in: type), "\(name) \(path)")
        }
      }
    }
  }

  @Test("every list of the contract has declared columns")
  func lists() {
    for policy in PolicyTable.all where !policy.cli.isEmpty {
      guard let list = Operation(policy).list else { continue }
      #expect(Columns.declaredTypes.contains(list.row.name), "\(list.row.name)")
    }
  }

  @Test("all kinds of fields are read back")
  func kinds() {
    let event = EventsV1.Event(
      eventID: "E1", target: .init(kind: "tenant"),
      details: [.init(name: "a", value: "1"), .init(name: "b", value: "2")])
    let pool = record(PoolsV1.Pool(index: -3, kind: .app, tenantCount: 1 << 40))
    #expect(pool.integer("index") == -3)
    #expect(pool.integer("tenant_count") == 1 << 40)
    #expect(record(event).records("details").map { $0.text("value") } == ["1", "2"])
    let operators = record(IdentityV1.Operator(roles: [.viewer, .superuser]))
    let roles = operators.type.field(named: "roles").map { Cell($0, of: operators).text }
    #expect(roles == "viewer, superuser")
  }

  private static func exists(_ path: [String], in type: MessageDescriptor) -> Bool {
    guard let field = path.first.flatMap({ type.field(named: $0) }) else { return false }
    if path.count == 1 { return true }
    return field.message.map { exists(Array(path.dropFirst()), in: $0) } ?? false
  }
}
