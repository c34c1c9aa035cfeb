import MeshAPI
import MeshKit
import MeshRPC
import Synchronization
import Testing

@testable import Edge

@Suite("Rates of calls")
struct RateTests {
  private static let second: Micros = 1_000_000
  private static let start: Micros = 1_700_000_000 * second

  private static func rate(_ perSecond: Int, burstSeconds: Int = 1) throws -> Rate {
    try #require(Rate(perSecond: perSecond, burstSeconds: burstSeconds))
  }

  @Test("a rate of 0 is no limit")
  func none() {
    #expect(Rate(perSecond: 0, burstSeconds: 5) == nil)
  }

  @Test(
    "a bucket lets a burst through, then the rate, and says how long to wait",
    arguments: [(1, 1), (10, 1), (10, 5), (200, 5), (3, 7)])
  func bucket(perSecond: Int, burstSeconds: Int) throws {
    let rate = try Self.rate(perSecond, burstSeconds: burstSeconds)
    var bucket = RateBucket()
    for _ in 0..<(perSecond * burstSeconds) {
      #expect(bucket.take(rate, at: Self.start) == 0)
    }
    let wait = bucket.take(rate, at: Self.start)
    #expect(wait > 0 && wait <= Self.second / Micros(perSecond))
    #expect(bucket.take(rate, at: Self.start + wait - 1) > 0)
    #expect(bucket.take(rate, at: Self.start + wait) == 0)
    #expect(bucket.take(rate, at: Self.start + wait) > 0)
  }

  @Test("a bucket is full again after a pause, and holds no more than a burst")
  func refill() throws {
    let rate = try Self.rate(10)
    var bucket = RateBucket()
    for _ in 0..<10 { _ = bucket.take(rate, at: Self.start) }
    #expect(!bucket.isFull(at: Self.start))
    let later = Self.start + 3600 * Self.second
    #expect(bucket.isFull(at: later))
    for _ in 0..<10 { #expect(bucket.take(rate, at: later) == 0) }
    #expect(bucket.take(rate, at: later) > 0)
  }

  @Test("a table keeps its limit: full buckets go first, then all")
  func table() throws {
    let rate = try Self.rate(1)
    var table = RateTable<Int>(limit: 3)
    for key in 0..<3 { #expect(table.take(key, rate, at: Self.start) == 0) }
    #expect(table.take(0, rate, at: Self.start) > 0)
    // All are in use: the fourth begins a new table.
    #expect(table.take(3, rate, at: Self.start) == 0)
    #expect(table.count == 1)
    _ = table.take(4, rate, at: Self.start + Self.second / 2)
    // By now the bucket of 3 is full, and the one of 4 is not.
    let later = Self.start + Self.second
    for key in 5...6 { _ = table.take(key, rate, at: later) }
    #expect(table.count == 3)
    #expect(table.take(4, rate, at: later) > 0 && table.take(3, rate, at: later) == 0)
  }

  private func caller(
    _ kind: Caller.Kind, _ id: String = "", tenant: String? = nil
  ) -> Caller {
    Caller(
      kind: kind, plane: kind == .member ? .tenant : .operator, id: id, name: "", sessionID: "",
      tenantID: tenant, permissions: [], ip: "", expiresAt: .max)
  }

  private func limiter(_ change: (inout RateLimiter.Limits) throws -> Void) throws -> RateLimiter {
    var limits = RateLimiter.Limits()
    try change(&limits)
    return RateLimiter(limits, now: { Self.start })
  }

  /// How many of 20 calls are let through.
  private func passed(_ call: () throws -> Void) -> Int {
    (0..<20).count { _ in (try? call()) != nil }
  }

  @Test("each caller has its own bucket, whatever address it calls from")
  func callers() throws {
    let limiter = try limiter { $0.caller = try Self.rate(5) }
    let (ada, grace) = (caller(.operator, "ada"), caller(.operator, "grace"))
    #expect(passed { try limiter.count(ada, ip: "192.0.2.1") } == 5)
    #expect(passed { try limiter.count(ada, ip: "192.0.2.2") } == 0)
    #expect(passed { try limiter.count(grace, ip: "192.0.2.1") } == 5)
  }

  @Test("a tenant's members share a bucket, and operators are not in it")
  func tenants() throws {
    let limiter = try limiter { $0.tenant = try Self.rate(6) }
    let members = ["bob", "carol"].map { caller(.member, $0, tenant: "globex") }
    #expect(passed { for member in members { try limiter.count(member, ip: "") } } == 3)
    #expect(
      passed { try limiter.count(caller(.member, "dan", tenant: "initech"), ip: "") } == 6)
    #expect(
      passed { try limiter.count(caller(.operator, "ada", tenant: "globex"), ip: "") } == 20)
  }

  @Test(
    "callers without a credential are counted by address, IPv6 by its network",
    arguments: [
      ("192.0.2.1", "192.0.2.2", false), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
      ("2001:db8:1:2::1", "2001:db8:1:3::1", false), ("2001:db8::1", "2001:db8::2", true),
    ])
  func addresses(one: String, other: String, isShared: Bool) throws {
    let limiter = try limiter { $0.address = try Self.rate(5) }
    #expect(passed { try limiter.count(caller(.anonymous), ip: one) } == 5)
    #expect(passed { try limiter.check(ip: one) } == 0)
    #expect(passed { try limiter.check(ip: other) } == (isShared ? 0 : 20))
    #expect(passed { try limiter.count(caller(.operator, "ada"), ip: one) } == 20)
  }

  @Test("a costly method has a limit of its own for each caller")
  func methods() throws {
    let limiter = try limiter { $0.methods = ["/a/Hash": try Self.rate(2)] }
    let ada = caller(.operator, "ada")
    #expect(passed { try limiter.count(ada, ip: "", method: "/a/Hash") } == 2)
    #expect(passed { try limiter.count(ada, ip: "", method: "/a/Read") } == 20)
    let grace = caller(.operator, "grace")
    #expect(passed { try limiter.count(grace, ip: "", method: "/a/Hash") } == 2)
  }

  @Test("the refusal says when to try again")
  func refusal() throws {
    let limiter = try limiter { $0.caller = try Self.rate(4) }
    let ada = caller(.operator, "ada")
    _ = passed { try limiter.count(ada, ip: "") }
    let error = try #require(throws: RPCError.self) { try limiter.count(ada, ip: "") }
    #expect(error.code == .resourceExhausted)
    let details = try GoogleRpc.Status(bytes: error.details).details
    #expect(
      details.map { $0.typeURL.split(separator: "/").last } == [
        "google.rpc.ErrorInfo", "google.rpc.RetryInfo",
      ])
    #expect(try GoogleRpc.ErrorInfo(bytes: details[0].value).reason == "RATE_LIMITED")
    let delay = try GoogleRpc.RetryInfo(bytes: details[1].value).retryDelay?.duration
    #expect(delay == .milliseconds(250))
  }

  @Test("rates are read from their setting", arguments: ["a/B=1", "a/B=1, c/D=0", ""])
  func setting(text: String) throws {
    let settings = try Settings(
      declared: Config.all, file: "method-rates = \(text)", environment: [:])
    let methods = try Config.rates(settings).methods
    #expect(methods.keys.allSatisfy { $0.hasPrefix("/") && $0.contains("B") })
    #expect(methods.count == (text.isEmpty ? 0 : 1))
  }

  @Test("a wrong rate is refused with the setting's name", arguments: ["a/B", "B=1", "a/B=x"])
  func wrongSetting(text: String) throws {
    #expect(
      throws: SettingsError.malformed(
        name: "method-rates", rule: "must be <service>/<method>=<number>, …")
    ) {
      try Settings(declared: Config.all, file: "method-rates = \(text)", environment: [:])
    }
  }
}
