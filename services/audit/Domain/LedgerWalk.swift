/// The first thing that is wrong with a ledger.
struct LedgerDamage: Sendable, Equatable {
  enum Kind: Sendable, Equatable, CaseIterable {
    /// The bytes do not hash to the leaf hash.
    case edited
    /// A sequence is missing.
    case deleted
    /// The chain hash does not follow from the entry before.
    case brokenChain
    /// The last entry is not the one the head names.
    case truncated
    /// The searchable columns differ from the bytes.
    case columnsEdited
  }

  let sequence: Int64
  let kind: Kind
  /// What was expected and what was found.
  let description: String
}

/// Recomputes a ledger entry by entry: `take` each in order of sequence, then `finish`.
///
/// It stops at the first damage: everything behind it hangs from a broken chain.
struct LedgerWalk<Hashing: ChainHashing>: Sendable {
  private let ledger: LedgerID
  private let rule: ChainRule<Hashing>
  private let readColumns: @Sendable ([UInt8]) -> EntryColumns?
  private var last = LedgerHead.empty
  private(set) var damage: LedgerDamage?
  /// How many entries were sound.
  private(set) var entryCount: Int64 = 0

  /// Starts at the first entry of `ledger`; `readColumns` answers nil for bytes that are no event.
  init(_ ledger: LedgerID, readColumns: @escaping @Sendable ([UInt8]) -> EntryColumns?) {
    self.ledger = ledger
    self.readColumns = readColumns
    rule = ChainRule(ledger)
  }

  /// The last sound entry.
  var head: LedgerHead { last }

  /// Looks at the next entry; answers whether the walk should go on.
  mutating func take(_ entry: LedgerEntry) -> Bool {
    guard damage == nil else { return false }
    damage = look(at: entry)
    guard damage == nil else { return false }
    last = LedgerHead(sequence: entry.sequence, chain: entry.chain)
    entryCount += 1
    return true
  }

  /// Compares the end with where the ledger's head says it is; nil when the ledger has no head.
  mutating func finish(at head: LedgerHead?) {
    guard damage == nil else { return }
    guard let head else {
      return note(last.sequence, .truncated, "the ledger has no head")
    }
    if head.sequence > last.sequence {
      note(
        last.sequence + 1, .truncated,
        "the head names entry \(head.sequence); the last entry is \(last.sequence)")
    } else if head.sequence < last.sequence {
      note(
        head.sequence + 1, .truncated,
        "the head names entry \(head.sequence); entries follow it up to \(last.sequence)")
    } else if head.chain != last.chain {
      note(
        last.sequence, .truncated,
        "the head has chain hash \(head.chain); the last entry has \(last.chain)")
    }
  }

  private mutating func note(_ sequence: Int64, _ kind: LedgerDamage.Kind, _ description: String) {
    damage = LedgerDamage(sequence: sequence, kind: kind, description: description)
  }

  private func look(at entry: LedgerEntry) -> LedgerDamage? {
    let expected = last.sequence + 1
    guard entry.sequence == expected else {
      return LedgerDamage(
        sequence: expected, kind: .deleted,
        description: "entry \(expected) is missing; the next one is \(entry.sequence)")
    }
    let leaf = rule.leaf(of: entry.bytes)
    guard leaf == entry.leaf else {
      return LedgerDamage(
        sequence: expected, kind: .edited,
        description: "the bytes hash to \(leaf); the stored leaf hash is \(entry.leaf)")
    }
    let chain = rule.link(expected, after: last.chain, leaf: leaf)
    guard chain == entry.chain else {
      return LedgerDamage(
        sequence: expected, kind: .brokenChain,
        description: "the chain hash should be \(chain); stored is \(entry.chain)")
    }
    guard let columns = readColumns(entry.bytes) else {
      return LedgerDamage(
        sequence: expected, kind: .columnsEdited, description: "the bytes are not an event")
    }
    let differences = columns.differences(from: entry.columns)
    guard differences.isEmpty else {
      return LedgerDamage(
        sequence: expected, kind: .columnsEdited,
        description: "columns differ from the bytes: " + differences.joined(separator: ", "))
    }
    return nil
  }
}
