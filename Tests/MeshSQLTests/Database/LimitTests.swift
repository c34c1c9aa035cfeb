import MeshIO
import MeshSQL
import MeshTestKit
import Synchronization
import Testing

@Suite("Every limit of the pool holds", .timeLimit(.minutes(2)))
struct LimitTests {
  @Test("no more connections are opened than allowed, and all work is done")
  func maximum() async throws {
    try await withDatabase {
      $0.maximumConnections = 3
    } _: { database in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<60 {
          group.addTask { _ = try await database.query("SELECT pg_sleep(0.001)") }
        }
        try await group.waitForAll()
      }
      let statistics = await database.statistics()
      #expect(statistics.size <= 3)
      #expect(statistics.idle == statistics.size)
    }
  }

  @Test("waiting for a connection ends at the acquire timeout")
  func acquireTimeout() async throws {
    try await withDatabase {
      $0.maximumConnections = 1
      $0.acquireTimeout = .milliseconds(100)
    } _: { database in
      try await eventuallyConnected(database)
      try await database.transaction { transaction in
        _ = try await transaction.query("SELECT 1")
        await #expect(throws: SQLError.timeout) { try await database.query("SELECT 1") }
      }
    }
  }

  @Test("more waiting tasks than allowed are refused")
  func waiting() async throws {
    try await withDatabase {
      $0.maximumConnections = 1
      $0.waiting = 1
    } _: { database in
      try await database.transaction { transaction in
        _ = try await transaction.query("SELECT 1")
        let task = Task { try await database.query("SELECT 1") }
        try await eventually { await database.statistics().waiting == 1 }
        await #expect(throws: SQLError.saturated) { try await database.query("SELECT 1") }
        task.cancel()
        _ = await task.result
      }
    }
  }

  @Test("reads beyond the depth wait, reads beyond the waiting limit are refused")
  func readDepth() async throws {
    try await withDatabase {
      $0.readConnections = 1
      $0.readDepth = 1
      $0.waiting = 1
    } _: { database in
      let slow = Task { try await database.read("SELECT pg_sleep(64)") }
      try await eventually { await database.statistics().readsInFlight == 1 }
      let next = Task { try await database.read("SELECT 1") }
      try await eventually { await database.statistics().readsWaiting == 1 }
      await #expect(throws: SQLError.saturated) { try await database.read("SELECT 1") }
      slow.cancel()
      #expect(try await next.value.count == 1)
    }
  }

  @Test("reads of one turn go out in groups of the size allowed, each one transaction")
  func readGroup() async throws {
    let loop = try TestLoops.shared.loops[0]
    try await withDatabase {
      $0.readConnections = 1
      $0.readGroup = 2
    } _: { database in
      try await database.health()
      // Asked on the loop, so that all are asked in one turn.
      let reads = await loop.perform {
        (0..<5).map { _ in
          Task(executorPreference: loop) {
            try await database.read(
              """
              SELECT virtualtransaction AS id FROM pg_locks
              WHERE locktype = 'virtualxid' AND pid = pg_backend_pid()
              """
            ).one()["id", as: String.self]
          }
        }
      }
      var transactions: [String] = []
      for read in reads { transactions.append(try await read.value) }
      #expect(transactions[0] == transactions[1])
      #expect(transactions[2] == transactions[3])
      #expect(Set(transactions).count == 3)
    }
  }

  @Test("a turn's reads go out on one connection as far as a group goes, then on the next one")
  func readsShareAConnection() async throws {
    let loop = try TestLoops.shared.loops[0]
    try await withDatabase {
      $0.readConnections = 2
      $0.readGroup = 4
    } _: { database in
      // While neither is connected, two reads wait for one each.
      let first = try await Self.processes(ofReads: 2, on: database, loop)
      #expect(first[0] != first[1])
      let processes = try await Self.processes(ofReads: 8, on: database, loop)
      #expect(Set(processes[..<4]).count == 1)
      #expect(Set(processes[4...]).count == 1)
      #expect(Set(processes) == Set(first))
    }
  }

  /// The server processes that answer so many reads, all asked in one turn of the loop.
  private static func processes(
    ofReads count: Int, on database: Database, _ loop: EventLoop
  ) async throws -> [Int] {
    let reads = await loop.perform {
      (0..<count).map { _ in
        Task(executorPreference: loop) {
          try await database.read("SELECT pg_backend_pid() AS pid").one()["pid", as: Int.self]
        }
      }
    }
    var processes: [Int] = []
    for read in reads { processes.append(try await read.value) }
    return processes
  }

  @Test("an idle connection closes after its time")
  func idleTimeout() async throws {
    try await withDatabase {
      $0.idleTimeout = .milliseconds(10)
    } _: { database in
      _ = try await database.query("SELECT 1")
      try await eventually { await database.statistics().size == 0 }
    }
  }

  @Test("a database that was shut down refuses work")
  func shutDown() async throws {
    try await withDatabase { database in
      _ = try await database.query("SELECT 1")
      await database.shutDown()
      await #expect(throws: SQLError.closed) { try await database.query("SELECT 1") }
      await #expect(throws: SQLError.closed) { try await database.read("SELECT 1") }
    }
  }

  @Test("shutting down waits for a transaction that ends in time")
  func shutDownWaits() async throws {
    try await withDatabase {
      $0.shutDownGrace = .seconds(60)
    } _: { database in
      let ending = Mutex<Task<Void, Never>?>(nil)
      try await database.transaction { transaction in
        _ = try await transaction.query("SELECT 1")
        ending.withLock { $0 = Task { await database.shutDown() } }
        // Refused as soon as it has begun to shut down.
        try await eventually {
          do {
            _ = try await database.query("SELECT 1")
            return false
          } catch SQLError.closed {
            return true
          }
        }
        _ = try await transaction.query("SELECT 1")
      }
      await ending.withLock { $0 }?.value
      #expect(await database.statistics().size == 0)
    }
  }

  @Test("shutting down cuts off a transaction that goes on after the grace")
  func shutDownGrace() async throws {
    try await withDatabase {
      $0.shutDownGrace = .milliseconds(50)
    } _: { database in
      _ = await #expect(throws: SQLError.connectionLost("not connected")) {
        try await database.transaction { transaction in
          _ = try await transaction.query("SELECT 1")
          await database.shutDown()
          #expect(await database.statistics().size == 0)
          _ = try await transaction.query("SELECT 1")
        }
      }
    }
  }

  @Test("shutting down fails a statement that is still running after the grace")
  func shutDownFails() async throws {
    try await withDatabase {
      $0.shutDownGrace = .milliseconds(50)
    } _: { database in
      let slow = Task { try await database.query("SELECT pg_sleep(60)") }
      try await eventually { try await running("pg_sleep(60)", on: database) == 1 }
      await database.shutDown()
      await #expect(throws: SQLError.closed) { try await slow.value }
    }
  }

  private func eventuallyConnected(_ database: Database) async throws {
    try await eventually { (try? await database.query("SELECT 1")) != nil }
  }
}
