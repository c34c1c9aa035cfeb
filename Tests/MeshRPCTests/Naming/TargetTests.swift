import MeshRPC
import Testing

@Suite("A target")
struct TargetTests {
  @Test(
    "is read in every form that gRPC writes, and written in one",
    arguments: [
      ("localhost:3001", "dns:localhost:3001"), ("dns:db.example", "dns:db.example:443"),
      ("dns:///db.example:5", "dns:db.example:5"), ("dns:[::1]:5", "dns:[::1]:5"),
      ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:80", "[::1]:80"),
      ("10.0.0.1:1, 10.0.0.2:2", "10.0.0.1:1,10.0.0.2:2"),
      ("unix:/run/a", "unix:/run/a"), ("unix:///run/a", "unix:/run/a"), ("unix:a", "unix:a"),
      ("unix:/run/a,unix:/run/b", "unix:/run/a,unix:/run/b"),
      ("unix:/run/a,[fe80::1%eth0]:9", "unix:/run/a,[fe80::1%eth0]:9"),
      ("ipv4:10.0.0.1:1,10.0.0.2", "10.0.0.1:1,10.0.0.2:443"),
      ("ipv6:[2001:db8::1]:1,[::ffff:1.2.3.4]:2", "[2001:db8::1]:1,[::ffff:1.2.3.4]:2"),
      ("mesh:pool-router", "mesh:pool-router"),
    ])
  func reads(text: String, description: String) throws {
    let target = try Target(parsing: text)
    #expect(target.description == description)
    #expect(try Target(parsing: description) == target)
  }

  @Test(
    "that is none is refused",
    arguments: [
      "", ":80", "host:", "host:port", "host:65536", "host name:1", "a,b", "10.0.0.1:1,host:2",
      "dns:", "dns://8.8.8.8/host:1", "dns:///", "unix:", "unix://host/path", "ipv4:host:1",
      "ipv4:[::1]:1", "ipv4:", "ipv4:10.0.0.256:1", "ipv6:10.0.0.1:1", "ipv6:::1", "ipv6:[::1::]:1",
      "ipv6:[1:2:3]:1", "ipv6:[1:2:3:4:5:6:7:8:9]:1", "ipv6:[12345::]:1", "ipv6:[1.2.3.4::]:1",
      "mesh:", "mesh:Tenants", "mesh:a b", "http://host:1",
    ])
  func refuses(text: String) {
    #expect(throws: NamingError.self) { try Target(parsing: text) }
  }
}

@Suite("The table of the mesh's names")
struct NameTableTests {
  @Test("is read from a setting: versions, weights, addresses")
  func reads() throws {
    let table = try NameTable(
      parsing: "tenants = v1*95@unix:/a|unix:/b, v2*5@10.0.0.7:8443 ; audit=all*1@[::1]:1;")
    #expect(
      table.subsets(of: "tenants") == [
        WeightedSubset("v1", weight: 95, addresses: [.unix("/a"), .unix("/b")]),
        WeightedSubset("v2", weight: 5, addresses: [.ip("10.0.0.7", port: 8443)]),
      ])
    #expect(
      table.subsets(of: "audit")
        == [WeightedSubset("all", weight: 1, addresses: [.ip("::1", port: 1)])])
    #expect(table.subsets(of: "nobody") == [])
  }

  @Test(
    "refuses what it cannot read",
    arguments: [
      "tenants", "tenants=", "=v1*1@unix:/a", "Tenants=v1*1@unix:/a", "a=v1@unix:/a",
      "a=v1*@unix:/a",
      "a=v1*-1@unix:/a", "a=v1*1000001@unix:/a", "a=v1*1", "a=v1*1@", "a=v1*1@host:1",
      "a=v1*1@unix:/a|", "a=v1*1@unix:/a,v1*2@unix:/b", "a=v*1@unix:/a;a=v*1@unix:/a",
      "a=v1*1@unix:/a,,v2*1@unix:/b", "a=*1@unix:/a", "a=v1*1*1@unix:/a",
    ])
  func refuses(text: String) {
    #expect(throws: NamingError.self) { try NameTable(parsing: text) }
  }

  @Test("tells changes of a name to whoever watches it, until the watch is released")
  func watch() async {
    let table = NameTable()
    let (changes, change) = AsyncStream<Int>.makeStream()
    var watch: NameTable.Watch? = table.watch("a") { change.yield(table.subsets(of: "a").count) }
    table.set([WeightedSubset(addresses: [.unix("/b")])], for: "b")
    table.set([WeightedSubset(addresses: [.unix("/a")])], for: "a")
    table.set([], for: "a")
    withExtendedLifetime(watch) {}
    watch = nil
    table.set([WeightedSubset(addresses: [.unix("/a")])], for: "a")
    change.finish()
    var told: [Int] = []
    for await count in changes { told.append(count) }
    #expect(told == [1, 0])
  }
}

@Suite("The look-up of a name")
struct ResolutionScheduleTests {
  private static let second: Int64 = 1_000_000_000

  @Test("happens at once, and again no sooner than the interval allows")
  func interval() {
    var schedule = ResolutionSchedule(leastInterval: .seconds(30), backoff: .init())
    #expect(schedule.wanted(at: 0) == .resolve)
    #expect(schedule.wanted(at: 1) == .none)
    schedule.succeeded(at: Self.second)
    #expect(schedule.wanted(at: 11 * Self.second) == .wait(.seconds(20)))
    #expect(schedule.wanted(at: 12 * Self.second) == .none)
    #expect(schedule.timeCame() == .resolve)
    schedule.succeeded(at: 31 * Self.second)
    #expect(schedule.timeCame() == .none)
    #expect(schedule.wanted(at: 61 * Self.second) == .resolve)
  }

  @Test("that fails is tried again after growing pauses")
  func failure() {
    var config = ConnectionBackoff.Config()
    config.jitter = 0
    var random = SplitMix64(seed: 1)
    var schedule = ResolutionSchedule(leastInterval: .seconds(30), backoff: config)
    #expect(schedule.wanted(at: 0) == .resolve)
    #expect(schedule.failed(&random) == .wait(.milliseconds(50)))
    #expect(schedule.wanted(at: 1) == .none)
    #expect(schedule.timeCame() == .resolve)
    #expect(schedule.failed(&random) == .wait(.milliseconds(80)))
    #expect(schedule.timeCame() == .resolve)
    schedule.succeeded(at: 0)
    #expect(schedule.wanted(at: 31 * Self.second) == .resolve)
    #expect(schedule.failed(&random) == .wait(.milliseconds(50)))
  }
}
