import MeshAPI
import MeshRPC
import Testing

@testable import Audit

@Suite("Appending events", .timeLimit(.minutes(2)))
struct AppendEventsTests {
  @Test("each event has a receipt with its place, in the order given")
  func receipts() async throws {
    try await TestService.run { service in
      let receipts = try await service.append(
        Events.event(1), Events.event(1, of: Events.initech), Events.event(2),
        Events.event(1, of: ""))
      #expect(receipts.map(\.sequence) == [1, 1, 2, 1])
      #expect(receipts.map(\.duplicate) == [false, false, false, false])
      #expect(receipts[0].eventID == Events.event(1).eventID)
      #expect(receipts.allSatisfy { $0.chainHash.count == 64 })
    }
  }

  @Test("an event is recorded once, however often it is delivered")
  func once() async throws {
    try await TestService.run { service in
      let first = try await service.append(Events.event(1))
      let again = try await service.append(Events.event(1), Events.event(1))
      #expect(again.map(\.duplicate) == [true, true])
      #expect(again.map(\.chainHash) == [first[0].chainHash, first[0].chainHash])
      #expect(try await service.verify(Events.globex).entryCount == 1)
    }
  }

  @Test("the same id with another event is refused")
  func reused() async throws {
    try await TestService.run { service in
      try await service.append(Events.event(1))
      let error = await #expect(throws: RPCError.self) {
        try await service.append(Events.event(1, actor: "eve"))
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "event_id \(Events.event(1).eventID) belongs to another event")
    }
  }

  @Test("ids in capitals and times finer than microseconds are the same event")
  func canonical() async throws {
    try await TestService.run { service in
      try await service.append(Events.event(1))
      var same = Events.event(1)
      same.eventID = same.eventID.uppercased()
      same.tenantID = same.tenantID.uppercased()
      same.occurredAt?.nanos += 999
      let receipts = try await service.append(same)
      #expect(receipts.map(\.duplicate) == [true])
      #expect(try await service.verify(Events.globex).intact)
    }
  }

  @Test("an append of nothing says that there is a ledger")
  func nothing() async throws {
    try await TestService.run { service in
      let receipts = try await service.append()
      #expect(receipts.isEmpty)
    }
  }

  @Test("what is wrong with an event is named by its place and its field")
  func invalid() async throws {
    try await TestService.run { service in
      var event = Events.event(2)
      event.eventID = "abc"
      event.type = ""
      event.source = ""
      event.occurredAt = nil
      event.tenantID = "00000000-0000-0000-0000-000000000000"
      let error = await #expect(throws: RPCError.self) {
        try await service.append(Events.event(1), event)
      }
      #expect(error?.code == .invalidArgument)
      let rules = [
        "events[1].event_id is not a UUID: \"abc\"", "events[1].tenant_id is the nil UUID",
        "events[1].type is required", "events[1].source is required",
        "events[1].occurred_at is required",
      ]
      #expect(error?.message == rules.joined(separator: "; "))
      let end = try await service.store.end(of: LedgerStoreTests.globex)
      #expect(end.lastSequence == nil)
    }
  }

  @Test("a batch and an event have their limits")
  func limits() async throws {
    let limits = AuditLimits(batch: 2, eventBytes: 1000, verifyBatch: 4, pageBytes: 100_000)
    try await TestService.run(limits: limits) { service in
      try await service.append(Events.event(1), Events.event(2))
      let many = await #expect(throws: RPCError.self) {
        try await service.append(Events.event(3), Events.event(4), Events.event(5))
      }
      #expect(many?.message == "3 events; the limit is 2")
      var large = Events.event(3)
      large.reason = String(repeating: "x", count: 1000)
      let error = await #expect(throws: RPCError.self) { try await service.append(large) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasSuffix("bytes; the limit is 1000") == true)
    }
  }
}
