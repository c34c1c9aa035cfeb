import MeshAPI
import MeshRPC
import Testing

@testable import Audit

@Suite("Listing entries", .timeLimit(.minutes(2)))
struct ListEntriesTests {
  @Test("an entry shows its event as it was reported, its place and its hashes")
  func entry() async throws {
    try await TestService.run { service in
      let receipts = try await service.append(Events.event(1), Events.event(2))
      let list = try await service.audit.listEntries(
        .init(tenantID: Events.globex), try service.asOperator)
      #expect(list.entries.map(\.sequence) == [1, 2])
      #expect(list.entries.map(\.event) == [Events.event(1), Events.event(2)])
      #expect(list.entries.map(\.chainHash) == receipts.map(\.chainHash))
      #expect(list.entries.allSatisfy { $0.tenantID == Events.globex && $0.recordedAt != nil })
      #expect(list.nextPageToken.isEmpty)
    }
  }

  @Test("operators list one ledger, the platform's, or all of them")
  func scopes() async throws {
    try await TestService.run { service in
      try await service.append(
        Events.event(1), Events.event(1, of: Events.initech), Events.event(1, of: ""))
      func tenants(_ scope: String) async throws -> [String] {
        try await service.audit.listEntries(.init(tenantID: scope), try service.asOperator)
          .entries.map(\.tenantID)
      }
      #expect(try await tenants(Events.globex) == [Events.globex])
      #expect(try await tenants("platform") == [""])
      #expect(try await tenants("") == ["", Events.globex, Events.initech])
    }
  }

  @Test("a tenant's admin sees its own ledger, and another one like a missing one")
  func ownLedger() async throws {
    try await TestService.run { service in
      try await service.append(Events.event(1), Events.event(1, of: Events.initech))
      let asMember = try service.asMember(of: Events.globex)
      for scope in ["", Events.globex] {
        let list = try await service.audit.listEntries(.init(tenantID: scope), asMember)
        #expect(list.entries.map(\.tenantID) == [Events.globex])
      }
      for scope in [Events.initech, "platform", "01940000-0000-7000-8000-00000000ffff"] {
        let error = await #expect(throws: RPCError.self) {
          try await service.audit.listEntries(.init(tenantID: scope), asMember)
        }
        #expect(error?.code == .notFound)
        #expect(error?.message == "tenant \(scope) not found")
      }
    }
  }

  private static let filters: [(String, [Int64])] = [
    ("type = \"tenant.reinstated.v1\"", [3]), ("actor_id = \"eve\"", [2]),
    ("target_id = \"\(Events.globex)\"", [1, 2, 3]), ("request_id = \"request-2\"", [2]),
    ("ip = \"192.0.2.3\"", [3]), ("source = \"billing-meter\"", []),
    ("occurred_at >= \"2023-11-14T22:13:22Z\"", [2, 3]),
    ("occurred_at < \"2023-11-14T22:13:22Z\" AND actor_id = \"ada\"", [1]),
    ("type : \"suspended\"", [1, 2]), ("NOT actor_id = \"ada\"", [2]),
  ]

  @Test("each declared field filters")
  func filter() async throws {
    try await TestService.run { service in
      try await service.append(
        Events.event(1), Events.event(2, actor: "eve"),
        Events.event(3, type: "tenant.reinstated.v1"))
      for (filter, sequences) in Self.filters {
        let list = try await service.audit.listEntries(
          .init(tenantID: Events.globex, filter: filter), try service.asOperator)
        #expect(list.entries.map(\.sequence) == sequences, "\(filter)")
      }
    }
  }

  @Test("an unknown field is refused")
  func unknownField() async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.audit.listEntries(
          .init(filter: "bytes = \"x\""), try service.asOperator)
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("pages follow one another over all ledgers without a gap or a repetition")
  func pages() async throws {
    try await TestService.run { service in
      try await service.fill(Events.globex, 5)
      try await service.fill(Events.initech, 4)
      var found: [String] = []
      var token = ""
      repeat {
        let page = try await service.audit.listEntries(
          .init(pageSize: 2, pageToken: token), try service.asOperator)
        #expect(page.entries.count <= 2)
        found += page.entries.map { "\($0.tenantID.suffix(1)):\($0.sequence)" }
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(found == (1...5).map { "1:\($0)" } + (1...4).map { "2:\($0)" })
    }
  }

  @Test("a page ends before it grows too large for a message")
  func pageBytes() async throws {
    let limits = AuditLimits(batch: 10, eventBytes: 4096, verifyBatch: 4, pageBytes: 700)
    try await TestService.run(limits: limits) { service in
      try await service.fill(Events.globex, 5)
      var count = 0
      var pages = 0
      var token = ""
      repeat {
        let page = try await service.audit.listEntries(
          .init(tenantID: Events.globex, pageToken: token), try service.asOperator)
        count += page.entries.count
        pages += 1
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(count == 5)
      #expect(pages > 1)
    }
  }

  @Test("a page token of another list is refused")
  func foreignToken() async throws {
    try await TestService.run { service in
      try await service.fill(Events.globex, 3)
      let page = try await service.audit.listEntries(
        .init(tenantID: Events.globex, pageSize: 1), try service.asOperator)
      for request in [
        AuditV1.ListEntriesRequest(tenantID: Events.initech, pageToken: page.nextPageToken),
        AuditV1.ListEntriesRequest(
          tenantID: Events.globex, filter: "ip = \"192.0.2.1\"", pageToken: page.nextPageToken),
        AuditV1.ListEntriesRequest(tenantID: Events.globex, pageToken: "nonsense"),
      ] {
        let error = await #expect(throws: RPCError.self) {
          try await service.audit.listEntries(request, try service.asOperator)
        }
        #expect(error?.code == .invalidArgument)
      }
    }
  }

  @Test("an entry whose bytes were destroyed is listed without its event")
  func unreadable() async throws {
    try await TestService.run { service in
      try await service.fill(Events.globex, 2)
      try await service.tamper("UPDATE audit.entry SET bytes = '\\xff' WHERE sequence = 1")
      let list = try await service.audit.listEntries(
        .init(tenantID: Events.globex), try service.asOperator)
      #expect(list.entries.map { $0.event == nil } == [true, false])
    }
  }
}
