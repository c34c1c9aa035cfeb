import MeshAPI
import MeshCrypto
import MeshSQL
import MeshTestKit
import Testing

@testable import Audit

@Suite("The ledgers in PostgreSQL", .timeLimit(.minutes(2)))
struct LedgerStoreTests {
  @Test("a batch over several ledgers is recorded in one go, each ledger without gaps")
  func batch() async throws {
    try await TestService.run { service in
      let batch = [
        Self.candidate(1, .platform), Self.candidate(1, Self.globex),
        Self.candidate(2, Self.globex),
      ]
      let outcomes = try await service.store.append(batch, at: 5)
      #expect(outcomes.map(\.place.sequence) == [1, 1, 2])
      let end = try await service.store.end(of: Self.globex)
      #expect(
        end
          == LedgerEnd(
            head: LedgerHead(sequence: 2, chain: outcomes[2].place.chain), lastSequence: 2))
      let rows = try await service.store.rows(
        of: nil, where: "TRUE", after: nil, limit: 10)
      #expect(rows.map(\.ledger) == [.platform, Self.globex, Self.globex])
      #expect(rows.map(\.bytes) == batch.map(\.bytes))
      #expect(rows.allSatisfy { $0.recordedAt == 5 })
    }
  }

  @Test("what comes again, alone or among others, keeps its place")
  func duplicates() async throws {
    try await TestService.run { service in
      let first = try await service.store.append([Self.candidate(1, Self.globex)], at: 1)
      let again = try await service.store.append(
        [Self.candidate(2, Self.globex), Self.candidate(1, Self.globex)], at: 2)
      #expect(again.map(\.isDuplicate) == [false, true])
      #expect(again[1].place == first[0].place)
      #expect(try await service.store.end(of: Self.globex).lastSequence == 2)
    }
  }

  @Test("another event with a recorded id is refused with its whole batch")
  func reused() async throws {
    try await TestService.run { service in
      _ = try await service.store.append([Self.candidate(1, Self.globex)], at: 1)
      var columns = Self.candidate(1, Self.globex).columns
      columns.actorID = "eve"
      let other = Candidate(bytes: Ledgers.bytes(columns), columns: columns)
      await #expect(throws: AppendRefusal.eventIDReused(columns.eventID)) {
        try await service.store.append([Self.candidate(2, Self.globex), other], at: 1)
      }
      #expect(try await service.store.end(of: Self.globex).lastSequence == 1)
    }
  }

  @Test("writers that share ledgers and events leave every event once and no gap")
  func concurrent() async throws {
    try await TestService.run { service in
      let ledgers: [LedgerID] = [.platform, Self.globex, Self.initech]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<8 {
          group.addTask {
            for round in 0..<5 {
              // Each event comes from two writers, and each batch in another order of ledgers.
              let number = (writer / 2) * 5 + round + 1
              let batch = ledgers.indices.map { index in
                Self.candidate(number, ledgers[(index + writer) % ledgers.count])
              }
              _ = try await service.store.append(batch, at: 1)
            }
          }
        }
        try await group.waitForAll()
      }
      for ledger in ledgers {
        let end = try await service.store.end(of: ledger)
        let rows = try await service.store.entries(of: ledger, after: 0, through: 99, limit: 99)
        let entries = try rows.map { try LedgerEntry($0) }
        #expect(entries.map(\.sequence) == Array(1...20))
        #expect(Ledgers.walk(entries, to: end.head, of: ledger).damage == nil)
      }
    }
  }

  private static let changes = [
    "UPDATE audit.entry SET ip = ''", "DELETE FROM audit.entry", "TRUNCATE audit.entry",
    "DELETE FROM audit.head", "TRUNCATE audit.head", "UPDATE audit.entry SET ip = '' WHERE false",
    "SET session_replication_role = replica; DELETE FROM audit.entry",
  ]

  @Test("the database refuses to change or remove anything, to everyone")
  func appendOnly() async throws {
    try await TestService.run { service in
      _ = try await service.store.append([Self.candidate(1, Self.globex)], at: 1)
      for change in Self.changes {
        let error = await #expect(throws: SQLError.self, "\(change)") {
          try await service.database.script(change)
        }
        guard case .server(sqlstate: "42501", message: let message) = error else {
          Issue.record("\(change): \(String(describing: error))")
          continue
        }
        #expect(message.contains("append-only"))
      }
    }
  }

  @Test("the database refuses entries that do not follow their ledger's head")
  func gaps() async throws {
    try await TestService.run { service in
      _ = try await service.store.append([Self.candidate(1, Self.globex)], at: 1)
      for sequence in [1, 3] as [Int64] {
        var entry = try Ledgers.ledger(1).entries[0]
        entry.sequence = sequence
        entry.columns = Self.candidate(9, Self.globex).columns
        let insertion = try EntryArrays([entry]).insertion(at: 1)
        await #expect(throws: SQLError.self) { try await service.database.execute(insertion) }
      }
      // A ledger without a head has not been locked.
      var entry = try Ledgers.ledger(1).entries[0]
      entry.columns = Self.candidate(1, Self.initech).columns
      let insertion = try EntryArrays([entry]).insertion(at: 1)
      await #expect(throws: SQLError.self) { try await service.database.execute(insertion) }
      #expect(try await service.store.end(of: Self.globex).lastSequence == 1)
    }
  }

  static let globex = LedgerID.tenant(Events.globex)
  static let initech = LedgerID.tenant(Events.initech)

  /// A readable candidate with ids that the columns take.
  static func candidate(_ number: Int, _ ledger: LedgerID) -> Candidate {
    var columns = Ledgers.columns(number, of: ledger)
    columns.eventID = Events.id(number, of: ledger.hashed)
    return Candidate(bytes: Ledgers.bytes(columns), columns: columns)
  }
}

@Suite("The service's own role", .timeLimit(.minutes(2)))
struct ServiceRoleTests {
  @Test("it records and reads, and can do nothing else")
  func leastPrivilege() async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      var config = config
      config.schema = "audit"
      let owner = try Database(config, loops: try TestLoops.shared.loops)
      let role = "audit_service_under_test"
      // As `tools/up` prepares the database, and a little more generously.
      try await owner.script(
        """
        CREATE SCHEMA audit;
        CREATE ROLE \(role) LOGIN;
        GRANT USAGE ON SCHEMA audit TO \(role);
        ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \(role);
        """)
      try await Main.definition.steps(in: "audit").run(on: owner)
      var own = config
      own.connection += " user=\(role)"
      let database = try Database(own, loops: try TestLoops.shared.loops)
      let store = LedgerStore(database)
      _ = try await store.append([LedgerStoreTests.candidate(1, .platform)], at: 1)
      #expect(try await store.end(of: .platform).lastSequence == 1)
      for statement in [
        "UPDATE audit.entry SET ip = ''", "DELETE FROM audit.entry", "TRUNCATE audit.entry",
        "UPDATE audit.head SET sequence = 0", "DELETE FROM audit.head", "TRUNCATE audit.head",
        "INSERT INTO audit.head VALUES (gen_random_uuid(), 0, decode(repeat('00', 32), 'hex'))",
        "ALTER TABLE audit.entry DISABLE TRIGGER ALL", "DROP TABLE audit.entry",
        "ALTER TABLE audit.entry RENAME TO other",
      ] {
        await #expect(throws: SQLError.self, "\(statement)") {
          try await database.script(statement)
        }
      }
      await database.shutDown()
      try await owner.script("DROP OWNED BY \(role); DROP ROLE \(role)")
      await owner.shutDown()
    }
  }
}
