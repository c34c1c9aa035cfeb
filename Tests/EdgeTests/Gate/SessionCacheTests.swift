import Testing

@testable import Edge

@Suite("The session cache")
struct SessionCacheTests {
  private func filled(limit: Int, _ keys: [String]) -> SessionCache<String, Int> {
    var cache = SessionCache<String, Int>(limit: limit)
    for (index, key) in keys.enumerated() {
      cache.insert(index, for: key, sessionID: "s-\(key)", accountID: "account")
    }
    return cache
  }

  @Test("drops the least recently used entry when it is full")
  func evicts() {
    var cache = filled(limit: 2, ["a", "b"])
    #expect(cache.value(for: "a") == 0)
    cache.insert(9, for: "c", sessionID: "s-c", accountID: "account")
    #expect(cache.value(for: "b") == nil)
    #expect(cache.value(for: "a") == 0)
    #expect(cache.value(for: "c") == 9)
    #expect(cache.count == 2)
  }

  @Test("forgets by session and by account")
  func forgets() {
    var cache = filled(limit: 10, ["a", "b", "c"])
    cache.remove(sessionID: "s-b")
    #expect(cache.value(for: "b") == nil)
    #expect(cache.count == 2)
    cache.remove(accountID: "account")
    #expect(cache.count == 0)
    cache.insert(1, for: "a", sessionID: "s", accountID: "other")
    #expect(cache.value(for: "a") == 1)
  }

  @Test("replaces an entry under the same key")
  func replaces() {
    var cache = filled(limit: 2, ["a"])
    cache.insert(5, for: "a", sessionID: "new", accountID: "account")
    cache.remove(sessionID: "s-a")
    #expect(cache.value(for: "a") == 5)
    #expect(cache.count == 1)
  }

  @Test("stays within its limit whatever the order of use", arguments: [1, 2, 7])
  func bounded(limit: Int) {
    var cache = SessionCache<Int, Int>(limit: limit)
    for step in 0..<500 {
      cache.insert(step, for: step % 13, sessionID: "\(step % 5)", accountID: "\(step % 3)")
      _ = cache.value(for: (step * 7) % 13)
      if step % 11 == 0 { cache.remove(sessionID: "\(step % 5)") }
      #expect(cache.count <= limit)
    }
  }
}
