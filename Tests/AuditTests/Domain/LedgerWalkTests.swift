import Testing

@testable import Audit

@Suite("Verifying a ledger")
struct LedgerWalkTests {
  @Test(
    "an untouched ledger is intact, whatever its size",
    arguments: [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 255, 256, 257])
  func intact(_ count: Int) throws {
    let (entries, head) = try Ledgers.ledger(count)
    let walk = Ledgers.walk(entries, to: head)
    #expect(walk.damage == nil)
    #expect(walk.entryCount == Int64(count))
    #expect(walk.head == head)
  }

  @Test("the damage is named by its place and its kind", arguments: Tampering.all)
  func damage(_ tampering: Tampering) throws {
    var (entries, head): ([LedgerEntry], LedgerHead?) = try Ledgers.ledger(9)
    try tampering.apply(&entries, &head)
    let damage = Ledgers.walk(entries, to: head).damage
    #expect(damage?.kind == tampering.kind)
    #expect(damage?.sequence == tampering.sequence)
    #expect(damage?.description.isEmpty == false)
  }

  @Test("each entry's edit is found at that entry", arguments: 1...9)
  func eachEntry(_ sequence: Int) throws {
    var (entries, head) = try Ledgers.ledger(9)
    entries[sequence - 1].bytes[3] ^= 1
    let walk = Ledgers.walk(entries, to: head)
    #expect(walk.damage?.kind == .edited)
    #expect(walk.damage?.sequence == Int64(sequence))
    #expect(walk.entryCount == Int64(sequence - 1))
  }

  @Test("a time that runs backwards breaks nothing")
  func clock() throws {
    var early = Ledgers.columns(2)
    early.occurredAt = -5
    let plan = try Plan(
      [Ledgers.candidate(1), Candidate(bytes: Ledgers.bytes(early), columns: early)],
      onto: [:], recorded: [:])
    #expect(Ledgers.walk(plan.entries, to: plan.heads[Ledgers.globex]).damage == nil)
  }

  @Test("an entry of the largest size and any script walks")
  func contents() throws {
    var columns = Ledgers.columns(1)
    columns.actorID = String(repeating: "e\u{301}é漢", count: 7000)
    let plan = try Plan(
      [Candidate(bytes: Ledgers.bytes(columns), columns: columns)], onto: [:], recorded: [:])
    #expect(Ledgers.walk(plan.entries, to: plan.heads[Ledgers.globex]).damage == nil)
  }
}

/// A way to damage a ledger of nine entries, and what verification must say.
struct Tampering: Sendable, CustomTestStringConvertible {
  let name: String
  let sequence: Int64
  let kind: LedgerDamage.Kind
  let apply: @Sendable (inout [LedgerEntry], inout LedgerHead?) throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, at sequence: Int64, _ kind: LedgerDamage.Kind,
    _ apply: @escaping @Sendable (inout [LedgerEntry], inout LedgerHead?) throws -> Void
  ) {
    self.name = name
    self.sequence = sequence
    self.kind = kind
    self.apply = apply
  }

  static let all = edits + removals + additions + heads

  private static let edits = [
    Tampering("bytes edited", at: 5, .edited) { entries, _ in entries[4].bytes.append(0) },
    Tampering("leaf hash edited", at: 5, .edited) { entries, _ in entries[4].leaf = .genesis },
    Tampering("bytes edited with their leaf hash", at: 5, .brokenChain) { entries, _ in
      entries[4].columns.actorID = "eve"
      entries[4].bytes = Ledgers.bytes(entries[4].columns)
      entries[4].leaf = Rule(Ledgers.globex).leaf(of: entries[4].bytes)
    },
    Tampering("bytes edited with leaf and chain hash", at: 6, .brokenChain) { entries, _ in
      let rule = Rule(Ledgers.globex)
      entries[4].columns.actorID = "eve"
      entries[4].bytes = Ledgers.bytes(entries[4].columns)
      entries[4].leaf = rule.leaf(of: entries[4].bytes)
      entries[4].chain = rule.link(5, after: entries[3].chain, leaf: entries[4].leaf)
    },
    Tampering("chain hash edited", at: 5, .brokenChain) { entries, _ in
      entries[4].chain = .genesis
    },
    Tampering("actor column edited", at: 5, .columnsEdited) { entries, _ in
      entries[4].columns.actorID = "eve"
    },
    Tampering("time column edited", at: 1, .columnsEdited) { entries, _ in
      entries[0].columns.occurredAt += 1
    },
    Tampering("two entries swapped", at: 3, .brokenChain) { entries, _ in
      let (third, sixth) = (entries[2], entries[5])
      entries[2] = sixth
      entries[2].sequence = 3
      entries[5] = third
      entries[5].sequence = 6
    },
    Tampering("an entry of another tenant put in", at: 4, .brokenChain) { entries, _ in
      entries[3] = try Ledgers.ledger(9, of: Ledgers.initech).entries[3]
    },
    Tampering("an event of another tenant chained in", at: 9, .columnsEdited) { entries, head in
      let rule = Rule(Ledgers.globex)
      entries[8].bytes = Ledgers.bytes(Ledgers.columns(9, of: Ledgers.initech))
      entries[8].leaf = rule.leaf(of: entries[8].bytes)
      entries[8].chain = rule.link(9, after: entries[7].chain, leaf: entries[8].leaf)
      head = LedgerHead(sequence: 9, chain: entries[8].chain)
    },
    Tampering("bytes that are no event chained in", at: 9, .columnsEdited) { entries, head in
      let rule = Rule(Ledgers.globex)
      entries[8].bytes = [1, 2, 3]
      entries[8].leaf = rule.leaf(of: entries[8].bytes)
      entries[8].chain = rule.link(9, after: entries[7].chain, leaf: entries[8].leaf)
      head = LedgerHead(sequence: 9, chain: entries[8].chain)
    },
  ]

  private static let removals = [
    Tampering("the first entry deleted", at: 1, .deleted) { entries, _ in entries.removeFirst() },
    Tampering("a middle entry deleted", at: 5, .deleted) { entries, _ in entries.remove(at: 4) },
    Tampering("a middle entry deleted and the rest renumbered", at: 5, .brokenChain) { entries, _ in
      entries.remove(at: 4)
      for index in 4..<entries.count { entries[index].sequence -= 1 }
    },
    Tampering("the last entry deleted", at: 9, .truncated) { entries, _ in entries.removeLast() },
    Tampering("the tail deleted", at: 4, .truncated) { entries, _ in entries.removeLast(6) },
    Tampering("every entry deleted", at: 1, .truncated) { entries, _ in entries = [] },
  ]

  private static let additions = [
    Tampering("an entry repeated", at: 6, .deleted) { entries, _ in
      entries.insert(entries[4], at: 5)
    },
    Tampering("an entry inserted and the rest renumbered", at: 5, .brokenChain) { entries, _ in
      entries.insert(entries[0], at: 4)
      for index in 4..<entries.count { entries[index].sequence = Int64(index + 1) }
    },
    Tampering("an entry chained on behind the head", at: 10, .truncated) { entries, head in
      let plan = try Plan(
        [Ledgers.candidate(10)], onto: [Ledgers.globex: head ?? .empty], recorded: [:])
      entries += plan.entries
    },
  ]

  private static let heads = [
    Tampering("the head rolled back", at: 8, .truncated) { entries, head in
      head = LedgerHead(sequence: 7, chain: entries[6].chain)
    },
    Tampering("the head's hash edited", at: 9, .truncated) { _, head in
      head = LedgerHead(sequence: 9, chain: .genesis)
    },
    Tampering("the head removed", at: 9, .truncated) { _, head in head = nil },
  ]
}
