import Glibc
import MeshIO
import MeshSQL
import MeshTestKit
import Testing

@Suite("PostgreSQL may go away and come back", .timeLimit(.minutes(3)))
struct OutageTests {
  @Test("work in flight is lost, and the next finds the new server by itself")
  func killAndRestart() async throws {
    let server = try TestPostgres()
    var config = DatabaseConfig(connection: server.connection())
    config.acquireTimeout = .seconds(60)
    config.failFastAfter = .seconds(60)
    try await open(config) { database in
      let owned = Task { try await database.query("SELECT pg_sleep(600)") }
      let read = Task { try await database.read("SELECT pg_sleep(601)") }
      try await eventually { try await running("pg_sleep(60", on: database) == 2 }
      try await Offload.run { try server.kill() }
      await #expect(throws: SQLError.self) { try await owned.value }
      await #expect(throws: SQLError.self) { try await read.value }
      for task in [owned, read] {
        guard case .failure(SQLError.connectionLost) = await task.result else {
          Issue.record("\(await task.result)")
          return
        }
      }
      // The server's children outlive it for a moment, idle ones too.
      try await eventually {
        let left = await database.statistics()
        return left.size + left.readConnections == 0
      }
      let waitingRead = Task { try await database.read("SELECT 1 AS n").count }
      let waitingQuery = Task { try await database.query("SELECT 1 AS n").count }
      try await Offload.run { try server.start() }
      #expect(try await waitingRead.value == 1)
      #expect(try await waitingQuery.value == 1)
    }
  }

  @Test("in a long outage callers are refused at once, and served when it is over")
  func failFast() async throws {
    let server = try TestPostgres()
    try await Offload.run { try server.stop() }
    var config = DatabaseConfig(connection: server.connection())
    config.acquireTimeout = .milliseconds(100)
    config.failFastAfter = .milliseconds(200)
    config.backoffLimit = .milliseconds(200)
    try await open(config) { database in
      for work in [database.query, database.read] {
        for _ in 0..<20 { #expect(await Self.isRefused(work)) }
        try await Offload.run { try server.start() }
        try await eventually { await !Self.isRefused(work) }
        try await Offload.run { try server.stop() }
      }
    }
  }

  private static func isRefused(
    _ work: (SQL) async throws(SQLError) -> Rows
  ) async -> Bool {
    do throws(SQLError) {
      _ = try await work("SELECT 1")
      return false
    } catch {
      if case .unavailable = error { return true }
      return false
    }
  }

  @Test("a transaction that loses its connection fails, and the pool recovers")
  func terminatedTransaction() async throws {
    try await withDatabase { database in
      let error = await #expect(throws: SQLError.self) {
        try await database.transaction { transaction in
          let pid = try await transaction.query("SELECT pg_backend_pid() AS pid").one()
          let victim = try pid["pid", as: Int32.self]
          _ = try await database.query("SELECT pg_terminate_backend(\(victim))")
          _ = try await transaction.query("SELECT pg_sleep(600)")
        }
      }
      guard case .connectionLost = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      let count = try await database.transaction { try await $0.query("SELECT 1").count }
      #expect(count == 1)
    }
  }

  @Test("without a server callers wait for the acquire timeout and learn why")
  func noServer() async throws {
    var config = DatabaseConfig(connection: "host=/nonexistent dbname=none")
    config.acquireTimeout = .milliseconds(50)
    try await open(config) { database in
      for work in [database.query, database.read] {
        let error = await #expect(throws: SQLError.self) { _ = try await work("SELECT 1") }
        guard case .unavailable(let reason) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(reason.contains("/nonexistent"))
      }
    }
  }

  @Test("a peer that never answers is given up at the connect timeout")
  func connectTimeout() async throws {
    let silent = try SilentPeer()
    var config = DatabaseConfig(connection: "host=127.0.0.1 port=\(silent.port)")
    config.connectTimeout = .milliseconds(30)
    config.acquireTimeout = .milliseconds(200)
    try await open(config) { database in
      let error = await #expect(throws: SQLError.self) { try await database.query("SELECT 1") }
      guard case .unavailable = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}

/// A port that takes connections, into the kernel's queue, and never says a word.
private struct SilentPeer: ~Copyable {
  let port: UInt16
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, address, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    try #require(isListening)
  }

  deinit {
    close(descriptor)
  }
}
