import MeshAPI
import MeshRPC
import MeshSQL
import Testing

@testable import Audit

@Suite("Verifying over the wire", .timeLimit(.minutes(2)))
struct VerifyLedgerTests {
  @Test("a green answer states range, count and head")
  func green() async throws {
    try await TestService.run { service in
      // Around the size of the stretches that are read at once.
      for count in [1, 3, 4, 5, 8, 9] {
        let tenant = "01940000-0000-7000-8000-\(String(600_000_000_000 + count))"
        try await service.fill(tenant, count)
        let answer = try await service.verify(tenant)
        #expect(answer.intact)
        #expect(answer.damage == nil)
        #expect(answer.tenantID == tenant)
        #expect(answer.firstSequence == 1)
        #expect(answer.lastSequence == Int64(count))
        #expect(answer.entryCount == Int64(count))
        let last = try await service.append(Events.event(count, of: tenant))
        #expect(answer.headHash == last[0].chainHash)
      }
    }
  }

  @Test("the platform's ledger is there from the start, a tenant's from its first event")
  func empty() async throws {
    try await TestService.run { service in
      let platform = try await service.verify("platform")
      #expect(platform.intact && platform.entryCount == 0 && platform.firstSequence == 0)
      let error = await #expect(throws: RPCError.self) { try await service.verify(Events.globex) }
      #expect(error?.code == .notFound)
      let blank = await #expect(throws: RPCError.self) { try await service.verify("") }
      #expect(blank?.message == "tenant_id is required")
    }
  }

  /// A statement about the tenant's ledger, the kind of damage it does, and where.
  private typealias Damage = (SQL, AuditV1.DamageKind, Int64)

  private static func damages(of tenant: String) -> [Damage] {
    let entries: SQL = "UPDATE audit.entry SET"
    let of: SQL = "WHERE tenant_id = \(tenant) AND"
    let gone: SQL = "DELETE FROM audit.entry WHERE tenant_id = \(tenant) AND"
    return [
      ("\(sql: entries) bytes = bytes || '\\x00' \(sql: of) sequence = 5", .edited, 5),
      ("\(sql: entries) actor_id = 'eve' \(sql: of) sequence = 6", .columnsEdited, 6),
      (
        "\(sql: entries) occurred_at = occurred_at + interval '1 us' \(sql: of) sequence = 1",
        .columnsEdited, 1
      ),
      ("\(sql: entries) chain_hash = leaf_hash \(sql: of) sequence = 9", .brokenChain, 9),
      ("\(sql: gone) sequence = 1", .deleted, 1),
      ("\(sql: gone) sequence = 4", .deleted, 4),
      ("\(sql: gone) sequence = 9", .truncated, 9),
      ("\(sql: gone) sequence > 3", .truncated, 4),
      ("\(sql: gone) TRUE", .truncated, 1),
      ("UPDATE audit.head SET sequence = 7 \(sql: of) TRUE", .truncated, 8),
      (
        """
        UPDATE audit.entry AS a SET bytes = b.bytes, leaf_hash = b.leaf_hash
        FROM audit.entry AS b WHERE (a.sequence, b.sequence) IN ((2, 7), (7, 2))
          AND a.tenant_id = \(tenant) AND b.tenant_id = a.tenant_id
        """, .brokenChain, 2
      ),
    ]
  }

  @Test("damage is red with its sequence and its kind")
  func red() async throws {
    try await TestService.run { service in
      for number in Self.damages(of: Events.globex).indices {
        let tenant = "01940000-0000-7000-8000-\(String(500_000_000_000 + number))"
        try await service.fill(tenant, 9)
        let (statement, kind, sequence) = Self.damages(of: tenant)[number]
        try await service.tamper(statement)
        let answer = try await service.verify(tenant)
        #expect(!answer.intact, "\(statement)")
        #expect(answer.damage?.kind == kind, "\(statement)")
        #expect(answer.damage?.sequence == sequence, "\(statement)")
        #expect(answer.damage?.description.isEmpty == false)
        #expect(answer.entryCount == sequence - 1 || kind == .truncated)
      }
    }
  }

  @Test("damage in one ledger leaves the others green")
  func others() async throws {
    try await TestService.run { service in
      try await service.fill(Events.globex, 3)
      try await service.fill(Events.initech, 3)
      try await service.tamper(
        "DELETE FROM audit.entry WHERE sequence = 2 AND tenant_id = \(Events.globex)")
      #expect(try await !service.verify(Events.globex).intact)
      #expect(try await service.verify(Events.initech).intact)
    }
  }

  @Test("a tenant's admin verifies its own ledger and no other")
  func member() async throws {
    try await TestService.run { service in
      try await service.fill(Events.globex, 3)
      try await service.fill(Events.initech, 3)
      let asMember = try service.asMember(of: Events.globex)
      #expect(try await service.audit.verifyLedger(.init(), asMember).entryCount == 3)
      let error = await #expect(throws: RPCError.self) {
        try await service.audit.verifyLedger(.init(tenantID: Events.initech), asMember)
      }
      #expect(error?.code == .notFound)
    }
  }

  @Test("entries recorded meanwhile do no harm")
  func meanwhile() async throws {
    try await TestService.run { service in
      try await service.fill(Events.globex, 20)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for number in 21...60 { try await service.append(Events.event(number)) }
        }
        for _ in 0..<5 {
          group.addTask {
            let answer = try await service.verify(Events.globex)
            #expect(answer.intact)
            #expect(answer.entryCount >= 20)
          }
        }
        try await group.waitForAll()
      }
      #expect(try await service.verify(Events.globex).entryCount == 60)
    }
  }
}
