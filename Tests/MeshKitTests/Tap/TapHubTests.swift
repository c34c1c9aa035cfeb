import MeshRPC
import Synchronization
import Testing

@testable import MeshKit

@Suite("A tap")
struct TapHubTests {
  private static func record(
    _ path: String = "/test.Echo/Say", _ code: StatusCode = .ok, nanoseconds: Int = 1000,
    caller: String = "", tenant: String = ""
  ) -> CallRecord {
    var record = CallRecord(
      path: path, code: code, nanoseconds: nanoseconds, sentBytes: 0, receivedBytes: 0, peer: "p")
    record.callerID = caller
    record.tenantID = tenant
    return record
  }

  private static func filter(_ change: (inout TapFilter) -> Void) -> TapFilter {
    var filter = TapFilter()
    change(&filter)
    return filter
  }

  private static let narrowed: [(TapFilter, Bool)] = [
    (TapFilter(), true),
    (filter { $0.methodPrefix = "test.Echo/" }, true),
    (filter { $0.methodPrefix = "test.Other/" }, false),
    (filter { $0.callerID = "ada" }, true),
    (filter { $0.callerID = "ad" }, false),
    (filter { $0.tenantID = "globex" }, true),
    (filter { $0.tenantID = "acme" }, false),
    (filter { $0.outcome = .failed }, true),
    (filter { $0.outcome = .code(.notFound) }, true),
    (filter { $0.outcome = .code(.ok) }, false),
    (filter { $0.nanoseconds = 5000 }, true),
    (filter { $0.nanoseconds = 5001 }, false),
  ]

  @Test("shows the calls that fit all it asks for", arguments: narrowed)
  func filters(_ filter: TapFilter, _ fits: Bool) {
    let record = Self.record(
      "/test.Echo/Say", .notFound, nanoseconds: 5000, caller: "ada", tenant: "globex")
    #expect(filter.fits(record) == fits)
  }

  @Test(
    "reads statuses by their names",
    arguments: [
      ("", TapFilter.Outcome.any), ("FAILED", .failed), ("failed", .failed),
      ("NOT_FOUND", .code(.notFound)), ("ok", .code(.ok)), ("NOPE", nil),
    ])
  func outcomes(_ name: String, _ outcome: TapFilter.Outcome?) {
    #expect(TapFilter.Outcome(name: name) == outcome)
  }

  @Test("opens and closes with its reader, and nothing is kept while there is none")
  func life() async throws {
    let hub = TapHub()
    #expect(!hub.isTapped)
    hub.offer(Self.record())
    let reading = Task {
      var paths: [String] = []
      for await shown in try hub.tap(TapFilter(), rate: 10).prefix(2) {
        paths.append(shown.record.path)
      }
      return paths
    }
    while !hub.isTapped { await Task.yield() }
    hub.offer(Self.record("/a"))
    hub.offer(Self.record("/b"))
    #expect(try await reading.value == ["/a", "/b"])
    while hub.isTapped { await Task.yield() }
    #expect(hub.count == 0)
  }

  @Test("shows so many calls a second and says how many it left out")
  func rate() async throws {
    let clock = Mutex<Micros>(1_000_000)
    let hub = TapHub(now: { clock.withLock { $0 } })
    let calls = try hub.tap(TapFilter(), rate: 2)
    for _ in 0..<5 { hub.offer(Self.record()) }
    clock.withLock { $0 = 2_000_000 }
    hub.offer(Self.record())
    var skipped: [Int] = []
    for await shown in calls.prefix(3) { skipped.append(shown.skipped) }
    #expect(skipped == [0, 0, 3])
    #expect(hub.skipped == 3)
  }

  @Test("keeps so many calls for a slow reader, and counts the rest")
  func slowReader() async throws {
    var config = TapHub.Config()
    config.waiting = 4
    let hub = TapHub(config: config, now: { 1 })
    let calls = try hub.tap(TapFilter(), rate: 1000)
    for _ in 0..<10 { hub.offer(Self.record()) }
    #expect(hub.skipped == 6)
    var count = 0
    for await _ in calls.prefix(4) { count += 1 }
    #expect(count == 4)
  }

  @Test("is refused when too many are open")
  func limit() throws {
    var config = TapHub.Config()
    config.taps = 1
    let hub = TapHub(config: config)
    let first = try hub.tap(TapFilter(), rate: 1)
    let error = #expect(throws: RPCError.self) { _ = try hub.tap(TapFilter(), rate: 1) }
    #expect(error?.code == .resourceExhausted)
    withExtendedLifetime(first) {}
  }
}
