import Testing

@testable import MeshSQL

@Suite("The pipeline knows what each answer means")
struct PipelineTests {
  private let statement = PreparedStatement(name: "s1", text: "SELECT", parameterTypes: [])

  private func outcome(_ event: Pipeline<String>.Event) -> String {
    switch event {
    case .nothing: "nothing"
    case .rows(let work, _): "rows \(work)"
    case .failed(let work): "failed \(work)"
    case .stale(let work): "stale \(work)"
    case .skipped(let work): "skipped \(work)"
    case .ended(let work): "ended \(work)"
    case .nonsense: "nonsense"
    }
  }

  private func answers(
    to steps: [(Pipeline<String>.Step, String?)], _ replies: [Pipeline<String>.Reply]
  ) -> [String] {
    var pipeline = Pipeline<String>()
    for (step, work) in steps { pipeline.expect(step, for: work) }
    return replies.map { outcome(pipeline.receive($0).0) }
  }

  @Test("reads of one group are answered one by one")
  func reads() {
    let said = answers(
      to: [
        (.run(statement, isNew: false), "a"), (.run(statement, isNew: false), "b"), (.sync, nil),
      ],
      [.success, .success, .synced])
    #expect(said == ["rows a", "rows b", "nothing"])
  }

  @Test("what comes after a failed read of the group was skipped")
  func failureInGroup() {
    let said = answers(
      to: [
        (.run(statement, isNew: false), "a"), (.run(statement, isNew: false), "b"),
        (.prepare(statement), "c"), (.run(statement, isNew: true), "c"), (.sync, nil),
      ],
      [.success, .failure(sqlstate: "22012"), .skipped, .skipped, .synced])
    #expect(said == ["rows a", "failed b", "nothing", "skipped c", "nothing"])
  }

  @Test("a commit that fails belongs to the group's work")
  func failureAtCommit() {
    let said = answers(
      to: [(.run(statement, isNew: false), "a"), (.sync, "a")],
      [.success, .failure(sqlstate: "23503"), .synced])
    #expect(said == ["rows a", "failed a", "ended a"])
  }

  @Test("a cached statement that the server lost is stale, a new one failed")
  func stale() {
    var pipeline = Pipeline<String>()
    pipeline.expect(.run(statement, isNew: false), for: "a")
    pipeline.expect(.run(statement, isNew: true), for: "b")
    let (first, forgotten) = pipeline.receive(.failure(sqlstate: "26000"))
    #expect(outcome(first) == "stale a")
    #expect(forgotten === statement)
    #expect(outcome(pipeline.receive(.failure(sqlstate: "0A000")).0) == "failed b")
  }

  @Test("a statement that could not be prepared is forgotten")
  func failedPreparation() {
    var pipeline = Pipeline<String>()
    pipeline.expect(.prepare(statement), for: "a")
    let (event, forgotten) = pipeline.receive(.failure(sqlstate: "42P01"))
    #expect(outcome(event) == "failed a")
    #expect(forgotten === statement)
  }

  @Test("an answer that fits nothing is nonsense")
  func nonsense() {
    #expect(answers(to: [(.sync, "a")], [.success]) == ["nonsense"])
    #expect(answers(to: [(.run(statement, isNew: false), "a")], [.synced]) == ["nonsense"])
    #expect(answers(to: [], [.success]) == ["nothing"])
  }
}

@Suite("A connection keeps a bounded number of prepared statements")
struct StatementCacheTests {
  @Test("a statement is prepared once")
  func once() {
    var cache = StatementCache(limit: 2)
    let first = cache.find("SELECT \(Int64(1))")
    let second = cache.find("SELECT \(Int64(2))")
    #expect(first.mustPrepare && !second.mustPrepare)
    #expect(first.statement === second.statement)
    #expect(first.statement.parameterTypes == [20])
  }

  @Test("the one used longest ago makes room, and its name is not used again")
  func eviction() {
    var cache = StatementCache(limit: 2)
    let first = cache.find("SELECT 1").statement
    let second = cache.find("SELECT 2").statement
    _ = cache.find("SELECT 1")
    let third = cache.find("SELECT 3")
    #expect(third.evicted === second)
    #expect(cache.count == 2)
    #expect(Set([first.name, second.name, third.statement.name]).count == 3)
  }

  @Test("the same text with other parameter types is another statement")
  func types() {
    var cache = StatementCache(limit: 8)
    let first = cache.find("SELECT \(Int64(1))")
    let second = cache.find("SELECT \(true)")
    #expect(second.mustPrepare)
    #expect(second.evicted === first.statement)
  }

  @Test("a forgotten statement is prepared anew")
  func forgetting() {
    var cache = StatementCache(limit: 8)
    let first = cache.find("SELECT 1").statement
    cache.forget(first)
    #expect(cache.find("SELECT 1").mustPrepare)
  }
}

@Suite("A ring is a queue that reuses its memory")
struct RingTests {
  @Test("elements leave in the order in which they came, across many wraps")
  func order() {
    var ring = Ring<Int>()
    var next = 0
    var expected = 0
    for round in 1...50 {
      for _ in 0..<round % 7 + 2 {
        ring.append(next)
        next += 1
      }
      for _ in 0..<round % 5 {
        #expect(ring.popFirst() == (ring.count >= 0 && expected < next ? expected : nil))
        expected += 1
      }
    }
    #expect(ring.removeAll() == Array(expected..<next))
    #expect(ring.popFirst() == nil)
  }

  @Test("removing some keeps the order of the others")
  func removal() {
    var ring = Ring<Int>()
    for value in 0..<10 { ring.append(value) }
    let removed = ring.remove { $0.isMultiple(of: 3) }
    #expect(removed == [0, 3, 6, 9])
    let left = ring.removeAll()
    #expect(left == [1, 2, 4, 5, 7, 8])
  }
}
