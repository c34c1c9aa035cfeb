import Testing

@testable import Audit

@Suite("Planning an append")
struct AppendPlanTests {
  @Test("events follow their ledger's head in the order given, each ledger by itself")
  func order() throws {
    let batch = [
      Ledgers.candidate(1), Ledgers.candidate(1, of: Ledgers.initech), Ledgers.candidate(2),
      Ledgers.candidate(1, of: .platform), Ledgers.candidate(3),
    ]
    let before = try Ledgers.ledger(4, of: Ledgers.initech).head
    let plan = try Plan(batch, onto: [Ledgers.initech: before], recorded: [:])
    #expect(plan.outcomes.map(\.place.sequence) == [1, 5, 2, 1, 3])
    #expect(plan.outcomes.allSatisfy { !$0.isDuplicate })
    #expect(plan.heads[Ledgers.globex]?.sequence == 3)
    #expect(plan.heads[Ledgers.globex]?.chain == plan.entries.last?.chain)
    let globex = plan.entries.filter { $0.columns.ledger == Ledgers.globex }
    #expect(Ledgers.walk(globex, to: plan.heads[Ledgers.globex]).damage == nil)
  }

  @Test("an event that is recorded already keeps its place and adds nothing")
  func duplicate() throws {
    let first = try Plan([Ledgers.candidate(1)], onto: [:], recorded: [:])
    let place = try #require(first.outcomes.first?.place)
    let again = try Plan(
      [Ledgers.candidate(1), Ledgers.candidate(2)], onto: first.heads,
      recorded: [Ledgers.candidate(1).eventID: place])
    #expect(again.outcomes.map(\.isDuplicate) == [true, false])
    #expect(again.outcomes[0].place == place)
    #expect(again.entries.map(\.sequence) == [2])
  }

  @Test("an event that comes twice in one batch is recorded once")
  func twice() throws {
    let plan = try Plan(
      [Ledgers.candidate(1), Ledgers.candidate(1)], onto: [:], recorded: [:])
    #expect(plan.entries.count == 1)
    #expect(plan.outcomes.map(\.isDuplicate) == [false, true])
    #expect(plan.outcomes[0].place == plan.outcomes[1].place)
  }

  @Test("another event with a recorded id is refused")
  func reused() throws {
    var other = Ledgers.columns(1)
    other.actorID = "eve"
    let batch = [
      Ledgers.candidate(1), Candidate(bytes: Ledgers.bytes(other), columns: other),
    ]
    #expect(throws: AppendRefusal.eventIDReused(other.eventID)) {
      try Plan(batch, onto: [:], recorded: [:])
    }
  }
}
