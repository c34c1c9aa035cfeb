import Testing

@testable import MeshSQL

@Suite("What remains to be migrated is decided from what was")
struct MigrationPlanTests {
  private let known = [
    Migration(name: "V001", sql: "a"), Migration(name: "V002", sql: "b"),
    Migration(name: "V003", sql: "c"),
  ]

  private func applied(_ names: String...) -> [MigrationPlan.Applied] {
    names.map { name in
      let checksum = known.first { $0.name == name }?.checksum ?? "unknown"
      return MigrationPlan.Applied(name: name, checksum: checksum)
    }
  }

  @Test("only what is missing is applied, in order")
  func missing() throws {
    #expect(try MigrationPlan.decide(known: known, applied: []) == known)
    #expect(
      try MigrationPlan.decide(known: known, applied: applied("V001", "V002")) == [known[2]])
    #expect(
      try MigrationPlan.decide(known: known, applied: applied("V001", "V002", "V003")).isEmpty)
  }

  @Test("a database that is ahead is fine")
  func ahead() throws {
    let rows = applied("V001", "V002", "V003", "V004")
    #expect(try MigrationPlan.decide(known: known, applied: rows).isEmpty)
  }

  @Test("an edited step is refused")
  func edited() {
    var rows = applied("V001", "V002")
    rows[0].checksum = "0000000000000000"
    #expect(throws: MigrationError.edited(name: "V001")) {
      try MigrationPlan.decide(known: known, applied: rows)
    }
  }

  @Test("a step cannot be slipped in before an applied one, or taken away")
  func order() {
    #expect(throws: MigrationError.outOfOrder(name: "V002", after: "V003")) {
      try MigrationPlan.decide(known: known, applied: applied("V001", "V003"))
    }
    #expect(throws: MigrationError.missing(name: "V000")) {
      try MigrationPlan.decide(known: known, applied: applied("V000", "V001"))
    }
    #expect(throws: MigrationError.outOfOrder(name: "V002", after: "V009")) {
      try MigrationPlan.decide(known: known, applied: applied("V001", "V009"))
    }
  }

  @Test("a name appears once")
  func duplicates() {
    #expect(throws: MigrationError.duplicate(name: "V001")) {
      try MigrationPlan.decide(known: known + [known[0]], applied: [])
    }
  }

  @Test("the checksum is FNV-1a, for all time")
  func checksum() {
    #expect(Migration(name: "", sql: "").checksum == "cbf29ce484222325")
    #expect(Migration(name: "", sql: "a").checksum == "af63dc4c8601ec8c")
    #expect(Migration(name: "", sql: "foobar").checksum == "85944171f73967e8")
  }
}
