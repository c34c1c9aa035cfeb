package import MeshIO
package import MeshSQL

/// Tells how the process does: its health, its loops, its database, and what waits for the ledger.
package struct HostMetricSource: MetricSource {
  private let health: Health
  private let guardian: LedgerGuard
  private let database: Database?
  private let loops: [EventLoop]
  private let connections: @Sendable () async -> Int

  /// Tells of these; `connections` counts the connections of the process's servers.
  package init(
    health: Health, guardian: LedgerGuard, database: Database?, loops: [EventLoop],
    connections: @escaping @Sendable () async -> Int
  ) {
    self.health = health
    self.guardian = guardian
    self.database = database
    self.loops = loops
    self.connections = connections
  }

  /// The mesh's, the loops' and the database's.
  package var metrics: [MetricDescriptor] {
    MetricDescriptor.mesh + MetricDescriptor.loops + MetricDescriptor.database
  }

  /// Adds the figures; without a database its metrics and the outbox's are absent.
  package func collect(into page: inout MetricPage) async {
    page.add(.serving, health.isServing ? 1 : 0)
    page.add(.connections, await connections())
    if let age = guardian.contactAge { page.add(.ledgerAge, Self.seconds(age)) }
    if let database { await Self.addOutbox(of: database, to: &page) }
    await addLoops(to: &page)
    let offload = Offload.statistics
    page.add(.offloadWaiting, offload.waiting)
    page.add(.offloadThreads, offload.threads - offload.idle, labels: ["busy"])
    page.add(.offloadThreads, offload.idle, labels: ["idle"])
    if let database { await Self.addPool(of: database, to: &page) }
  }

  private static func addOutbox(of database: Database, to page: inout MetricPage) async {
    do {
      let rows = try await database.read(
        """
        SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
        FROM outbox
        """)
      let (depth, age) = try rows.one().decode(Int64.self, Double.self)
      page.add(.outboxDepth, Int(depth))
      page.add(.outboxAge, age)
    } catch {
      // A database that cannot be asked shows as not serving; its outbox is absent meanwhile.
    }
  }

  private struct LoopFigures: Sendable {
    let lag: Duration
    let statistics: LoopStatistics
  }

  private func addLoops(to page: inout MetricPage) async {
    var figures: [(name: String, LoopFigures)] = []
    for loop in loops {
      let asked = MonotonicTime.now()
      let found = await loop.perform {
        LoopFigures(lag: MonotonicTime.now() - asked, statistics: loop.statistics)
      }
      figures.append((loop.name, found))
    }
    for (name, loop) in figures { page.add(.loopLag, Self.seconds(loop.lag), labels: [name]) }
    let counts: [(MetricDescriptor, @Sendable (LoopStatistics) -> Int)] = [
      (.loopTurns, { Int(clamping: $0.turns) }), (.loopEvents, { Int(clamping: $0.events) }),
      (.loopJobs, { Int(clamping: $0.jobs) }), (.loopWakeups, { Int(clamping: $0.wakeups) }),
      (.loopTimers, { $0.timersWaiting }),
    ]
    for (metric, count) in counts {
      for (name, loop) in figures { page.add(metric, count(loop.statistics), labels: [name]) }
    }
  }

  private static func addPool(of database: Database, to page: inout MetricPage) async {
    let pool = await database.statistics()
    page.add(.databaseConnections, pool.size, labels: ["owned"])
    page.add(.databaseConnections, pool.readConnections, labels: ["shared"])
    page.add(.databaseIdle, pool.idle)
    page.add(.databaseWaiting, pool.waiting)
    page.add(.databaseReadsInFlight, pool.readsInFlight)
    page.add(.databaseReadsWaiting, pool.readsWaiting)
  }

  private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
