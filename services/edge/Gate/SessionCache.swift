/// What the edge remembers about sessions: a bounded map with the oldest use dropped first.
///
/// Pure: it holds values and knows no clock. The watch on identity drops entries that changed.
struct SessionCache<Key: Hashable, Value> {
  /// One remembered session.
  struct Entry {
    var value: Value
    var sessionID: String
    var accountID: String
    fileprivate var newer: Int?
    fileprivate var older: Int?
    fileprivate var key: Key
  }

  private let limit: Int
  private var slots: [Entry?] = []
  private var free: [Int] = []
  private var index: [Key: Int] = [:]
  private var bySession: [String: Set<Int>] = [:]
  private var byAccount: [String: Set<Int>] = [:]
  private var newest: Int?
  private var oldest: Int?

  /// Remembers at most `limit` sessions.
  init(limit: Int) {
    precondition(limit > 0, "a cache holds something")
    self.limit = limit
  }

  /// How many sessions are remembered.
  var count: Int { index.count }

  /// The entry for `key`, now the most recently used.
  mutating func value(for key: Key) -> Value? {
    guard let slot = index[key] else { return nil }
    if slot != newest {
      unlink(slot)
      link(slot)
    }
    return slots[slot]?.value
  }

  /// Remembers `value`; drops the least recently used entry when full.
  mutating func insert(_ value: Value, for key: Key, sessionID: String, accountID: String) {
    remove(key)
    if index.count >= limit, let oldest, let entry = slots[oldest] { remove(entry.key) }
    let entry = Entry(
      value: value, sessionID: sessionID, accountID: accountID, newer: nil, older: nil, key: key)
    let slot: Int
    if let reused = free.popLast() {
      slots[reused] = entry
      slot = reused
    } else {
      slots.append(entry)
      slot = slots.count - 1
    }
    index[key] = slot
    bySession[sessionID, default: []].insert(slot)
    byAccount[accountID, default: []].insert(slot)
    link(slot)
  }

  /// Forgets one entry.
  mutating func remove(_ key: Key) {
    guard let slot = index.removeValue(forKey: key), let entry = slots[slot] else { return }
    unlink(slot)
    bySession[entry.sessionID]?.remove(slot)
    if bySession[entry.sessionID]?.isEmpty == true { bySession[entry.sessionID] = nil }
    byAccount[entry.accountID]?.remove(slot)
    if byAccount[entry.accountID]?.isEmpty == true { byAccount[entry.accountID] = nil }
    slots[slot] = nil
    free.append(slot)
  }

  /// Forgets every entry of a session.
  mutating func remove(sessionID: String) {
    for slot in bySession[sessionID] ?? [] { if let entry = slots[slot] { remove(entry.key) } }
  }

  /// Forgets every entry of an account.
  mutating func remove(accountID: String) {
    for slot in byAccount[accountID] ?? [] { if let entry = slots[slot] { remove(entry.key) } }
  }

  /// Forgets everything.
  mutating func removeAll() { self = SessionCache(limit: limit) }

  private mutating func link(_ slot: Int) {
    slots[slot]?.older = newest
    slots[slot]?.newer = nil
    if let newest { slots[newest]?.newer = slot }
    newest = slot
    if oldest == nil { oldest = slot }
  }

  private mutating func unlink(_ slot: Int) {
    let (newer, older) = (slots[slot]?.newer, slots[slot]?.older)
    if let newer { slots[newer]?.older = older } else { newest = older }
    if let older { slots[older]?.newer = newer } else { oldest = newer }
  }
}
