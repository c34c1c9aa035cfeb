import MeshRPC
import Testing

private let millisecond: Int64 = 1_000_000
private let second: Int64 = 1_000_000_000

/// A balancer over `count` endpoints of one subset, awake, the first `ready` of them ready.
private func balancer(
  _ policy: Balancer.Policy, count: Int, ready: Int? = nil,
  outliers: OutlierDetection.Config? = nil
) -> Balancer {
  balancer(policy, subsets: [(1, count)], ready: ready ?? count, outliers: outliers)
}

private func balancer(
  _ policy: Balancer.Policy, subsets: [(weight: Int, count: Int)], ready: Int,
  outliers: OutlierDetection.Config? = nil
) -> Balancer {
  var balancer = Balancer(policy, outliers: outliers, seed: 42)
  let members = subsets.enumerated().flatMap {
    Array(repeating: $0.offset, count: $0.element.count)
  }
  _ = balancer.rearrange(
    members.map { _ in nil }, subset: members, weights: subsets.map(\.weight), at: 0)
  _ = balancer.wake()
  for slot in 0..<ready {
    _ = balancer.changed(slot, .connecting)
    _ = balancer.changed(slot, .ready)
  }
  return balancer
}

extension Balancer {
  /// How often each slot is chosen in so many picks.
  fileprivate mutating func shares(
    _ picks: Int, key: UInt64? = nil, at now: Int64 = second
  ) -> [Int] {
    var shares = Array(repeating: 0, count: count)
    for _ in 0..<picks {
      if case .endpoint(let slot) = pick(key: key, at: now) { shares[slot] += 1 }
    }
    return shares
  }
}

@Suite("A balancer")
struct BalancerTests {
  private static let policies: [Balancer.Policy] = [.roundRobin, .leastLoad()]

  @Test("is idle until it is woken, then connects every endpoint", arguments: policies)
  func wakes(policy: Balancer.Policy) {
    var balancer = Balancer(policy, seed: 1)
    #expect(balancer.rearrange([nil, nil], subset: [0, 0], weights: [1], at: 0) == [])
    #expect(balancer.connectivity == .idle)
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.wake() == [.connect(0), .connect(1)])
    #expect(balancer.connectivity == .connecting)
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.changed(1, .ready) == [])
    #expect(balancer.connectivity == .ready)
    #expect(balancer.pick(at: 0) == .endpoint(1))
  }

  @Test("connects an endpoint again that is lost, and goes on with the others", arguments: policies)
  func loses(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 2)
    #expect(balancer.changed(0, .idle) == [.resolve, .connect(0)])
    #expect(balancer.shares(10) == [0, 10])
    #expect(balancer.changed(1, .idle) == [.resolve, .connect(1)])
    #expect(balancer.pick(at: 0) == .wait)
  }

  @Test("fails while every endpoint fails, and until one of them is ready", arguments: policies)
  func fails(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 2, ready: 0)
    _ = balancer.changed(0, .connecting)
    #expect(balancer.changed(0, .transientFailure) == [.resolve])
    #expect(balancer.pick(at: 0) == .wait)
    _ = balancer.changed(1, .transientFailure)
    #expect(balancer.connectivity == .transientFailure)
    #expect(balancer.pick(at: 0) == .fail)
    #expect(balancer.changed(0, .idle) == [.resolve, .connect(0)])
    _ = balancer.changed(0, .connecting)
    #expect(balancer.pick(at: 0) == .fail)
    _ = balancer.changed(0, .ready)
    #expect(balancer.pick(at: 0) == .endpoint(0))
  }

  @Test("ends everything when it is put to sleep, and wakes again", arguments: policies)
  func sleeps(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 2)
    #expect(balancer.sleep() == [.disconnect(0), .disconnect(1)])
    #expect(balancer.connectivity == .idle)
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.wake() == [.connect(0), .connect(1)])
  }

  @Test("keeps the endpoints that stay when the addresses change", arguments: policies)
  func rearranges(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 3)
    // The second stays as the first, and one is new.
    #expect(
      balancer.rearrange([1, nil], subset: [0, 0], weights: [1], at: 0) == [.connect(1)])
    #expect(balancer.shares(10) == [10, 0])
    _ = balancer.rearrange([], subset: [], weights: [], at: 0)
    #expect(balancer.pick(at: 0) == .fail)
  }

  @Test("in turn gives each endpoint the same number of calls")
  func roundRobin() {
    var balancer = balancer(.roundRobin, count: 3)
    #expect(balancer.shares(300) == [100, 100, 100])
  }

  @Test("by load spreads calls over endpoints that are alike")
  func alike() {
    var balancer = balancer(.leastLoad(), count: 4)
    for slot in 0..<4 {
      balancer.began(slot)
      balancer.answered(slot, after: millisecond, at: 0)
      _ = balancer.ended(slot, .ok, silence: nil, at: 0)
    }
    // As calls that stay open: each one makes its endpoint look worse.
    var shares = [0, 0, 0, 0]
    for _ in 0..<10_000 {
      guard case .endpoint(let slot) = balancer.pick(at: 0) else { continue }
      balancer.began(slot)
      shares[slot] += 1
    }
    #expect(shares.allSatisfy { (2400...2600).contains($0) }, "\(shares)")
  }

  @Test("by load avoids the slow one, and tries it again when that is long ago")
  func slow() {
    var balancer = balancer(.leastLoad(), count: 2)
    for (slot, time) in [(0, millisecond), (1, 100 * millisecond)] {
      balancer.began(slot)
      balancer.answered(slot, after: time, at: 0)
      _ = balancer.ended(slot, .ok, silence: nil, at: 0)
    }
    #expect(balancer.shares(100) == [100, 0])
    // The quick one goes on, the slow one's time fades: to a hundredth in 4.6 times 2 s.
    for (time, shares) in [(9 * second, [100, 0]), (10 * second, [0, 100])] {
      balancer.answered(0, after: millisecond * 11 / 10, at: time)
      #expect(balancer.shares(100, at: time) == shares)
    }
  }

  @Test("by load takes all endpoints that answer within a millisecond for equally quick")
  func quick() {
    var balancer = balancer(.leastLoad(), count: 2)
    for slot in 0..<2 {
      balancer.began(slot)
      balancer.answered(slot, after: Int64(1 + 8 * slot) * millisecond / 10, at: second)
      _ = balancer.ended(slot, .ok, silence: nil, at: second)
    }
    #expect(balancer.shares(1000).allSatisfy { (400...600).contains($0) })
    balancer.began(0)
    #expect(balancer.shares(100) == [0, 100])
  }

  @Test("by load comes back within seconds to an endpoint that let a call time out")
  func timedOut() {
    var balancer = balancer(.leastLoad(), count: 2)
    for slot in 0..<2 {
      balancer.began(slot)
      balancer.answered(slot, after: millisecond / 3, at: 0)
      _ = balancer.ended(slot, .ok, silence: nil, at: 0)
    }
    balancer.began(1)
    _ = balancer.ended(1, .deadlineExceeded, silence: second, at: second)
    // To a thousandth in 6.9 times 2 s.
    #expect(balancer.shares(100, at: 14 * second) == [100, 0])
    #expect(balancer.shares(100, at: 16 * second).allSatisfy { $0 > 0 })
  }

  @Test("leaves one out that lets calls expire without a word", arguments: policies)
  func silent(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 3)
    balancer.doubted(1, isSilent: true)
    #expect(balancer.shares(90)[1] == 0)
    balancer.doubted(1, isSilent: false)
    #expect(balancer.shares(90)[1] > 0)
    // When all are silent each is better than none, and a new connection has not been silent yet.
    for slot in 0..<3 { balancer.doubted(slot, isSilent: true) }
    #expect(balancer.connectivity == .ready)
    #expect(balancer.shares(90).allSatisfy { $0 > 0 })
    _ = balancer.changed(0, .idle)
    _ = balancer.changed(0, .ready)
    #expect(balancer.shares(90) == [90, 0, 0])
  }

  @Test("leaves one out that is full, and lets calls wait when all are", arguments: policies)
  func full(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 2)
    balancer.filled(1, isFull: true)
    #expect(balancer.shares(90) == [90, 0])
    balancer.filled(0, isFull: true)
    #expect(balancer.pick(at: 0) == .wait)
    #expect(!balancer.takesCalls)
    #expect(balancer.connectivity == .ready)
    // That it serves says nothing about its room.
    _ = balancer.changed(0, .ready)
    #expect(!balancer.takesCalls)
    // A new connection has room.
    _ = balancer.changed(0, .idle)
    _ = balancer.changed(0, .ready)
    #expect(balancer.shares(90) == [90, 0])
    balancer.filled(1, isFull: false)
    #expect(balancer.shares(90)[1] > 0)
  }

  @Test("leaves one out that says that it does not serve, unless nobody does", arguments: policies)
  func unwilling(policy: Balancer.Policy) {
    var balancer = balancer(policy, count: 3)
    balancer.healthChanged(1, isUnwilling: true)
    #expect(balancer.shares(90)[1] == 0)
    balancer.healthChanged(1, isUnwilling: false)
    #expect(balancer.shares(90)[1] > 0)
    for slot in 0..<3 { balancer.healthChanged(slot, isUnwilling: true) }
    #expect(balancer.connectivity == .ready)
    #expect(balancer.shares(90).allSatisfy { $0 > 0 })
    // One that speaks and says no is better than one that may hang.
    balancer.doubted(2, isSilent: true)
    #expect(balancer.shares(90)[2] == 0)
    // What a new connection says is not known yet.
    _ = balancer.changed(0, .idle)
    _ = balancer.changed(0, .ready)
    #expect(balancer.shares(90) == [90, 0, 0])
  }

  @Test("by load takes an endpoint that turned a call away for slow, for as long as it asks")
  func exhausted() {
    for pushback in [nil, Duration.seconds(60)] {
      var balancer = balancer(.leastLoad(), count: 2)
      for slot in 0..<2 {
        balancer.began(slot)
        balancer.answered(slot, after: 5 * millisecond, at: 0)
        _ = balancer.ended(slot, .ok, silence: nil, at: 0)
      }
      balancer.began(0)
      _ = balancer.ended(0, .resourceExhausted, silence: 1000, pushback: pushback, at: 0)
      #expect(balancer.shares(100) == [0, 100])
    }
  }

  @Test("by load is not drawn to an endpoint that fails quickly")
  func quickFailure() {
    var balancer = balancer(.leastLoad(), count: 2)
    for slot in 0..<2 {
      balancer.began(slot)
      balancer.answered(slot, after: Int64(slot + 1) * 5 * millisecond, at: 0)
      _ = balancer.ended(slot, .ok, silence: nil, at: 0)
    }
    for code in [StatusCode.unavailable, .cancelled] {
      balancer.began(1)
      _ = balancer.ended(1, code, silence: 1000, at: second)
    }
    #expect(balancer.shares(100) == [100, 0])
  }
}

@Suite("Weighted subsets")
struct WeightedSubsetTests {
  @Test(
    "get calls by their weights",
    arguments: [
      ([95, 5], [1, 1]), ([1, 1, 2], [2, 1, 3]), ([1, 99], [3, 1]), ([700, 200, 100], [1, 1, 1]),
    ])
  func weights(weights: [Int], counts: [Int]) {
    var balancer = balancer(
      .roundRobin, subsets: Array(zip(weights, counts)), ready: counts.reduce(0, +))
    let shares = balancer.shares(10_000)
    var slot = 0
    for (weight, count) in zip(weights, counts) {
      let share = shares[slot..<(slot + count)].reduce(0, +)
      let expected = 10_000 * weight / weights.reduce(0, +)
      #expect(abs(share - expected) < 200, "\(share) of \(expected)")
      slot += count
    }
  }

  @Test("share the calls of one whose endpoints are all gone")
  func gone() {
    var balancer = balancer(
      .roundRobin, subsets: [(50, 1), (25, 1), (25, 1)], ready: 3)
    _ = balancer.changed(0, .transientFailure)
    let shares = balancer.shares(10_000)
    #expect(shares[0] == 0)
    #expect((4800...5200).contains(shares[1]))
  }

  @Test("keep the calls of one key, and move none back while the weights shift one way")
  func sticky() {
    let keys = (0..<2000).map { Balancer.key("tenant-\($0)") }
    var moved: [Set<UInt64>] = []
    for weight in [1, 5, 25, 50, 99] {
      var balancer = balancer(.roundRobin, subsets: [(100 - weight, 1), (weight, 1)], ready: 2)
      let onCanary = keys.filter { balancer.pick(key: $0, at: 0) == .endpoint(1) }
      #expect(onCanary.allSatisfy { balancer.shares(5, key: $0) == [0, 5] })
      #expect(abs(onCanary.count - 20 * weight) < 150, "\(onCanary.count) at \(weight)")
      moved.append(Set(onCanary))
    }
    for (less, more) in zip(moved, moved.dropFirst()) { #expect(less.isSubset(of: more)) }
  }
}

@Suite("Pick first")
struct PickFirstTests {
  private func awake(_ count: Int) -> (Balancer, [Balancer.Action]) {
    var balancer = Balancer(.pickFirst(), seed: 1)
    _ = balancer.rearrange(
      Array(repeating: nil, count: count), subset: Array(repeating: 0, count: count), weights: [1],
      at: 0)
    let actions = balancer.wake()
    return (balancer, actions)
  }

  private let headStart = Balancer.Action.startTimer(.milliseconds(250))

  @Test("uses the first address that works and ends the others")
  func first() {
    var (balancer, actions) = awake(3)
    #expect(actions == [.connect(0), headStart])
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.changed(0, .connecting) == [])
    #expect(balancer.timerFired() == [.connect(1), headStart])
    #expect(balancer.changed(1, .ready) == [.disconnect(0), .disconnect(2)])
    #expect(balancer.pick(at: 0) == .endpoint(1))
    #expect(balancer.connectivity == .ready)
    #expect(balancer.timerFired() == [])
  }

  @Test("goes on to the next address at once when one fails")
  func next() {
    var (balancer, _) = awake(2)
    #expect(balancer.changed(0, .transientFailure) == [.connect(1)])
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.timerFired() == [])
    #expect(balancer.changed(1, .transientFailure) == [.resolve, .connect(0), .connect(1)])
    #expect(balancer.pick(at: 0) == .fail)
  }

  @Test("tries every address again while none works, and fails until one does")
  func sticky() {
    var (balancer, _) = awake(2)
    _ = balancer.changed(0, .transientFailure)
    _ = balancer.changed(1, .transientFailure)
    #expect(balancer.changed(1, .idle) == [.connect(1)])
    #expect(balancer.changed(1, .connecting) == [])
    #expect(balancer.pick(at: 0) == .fail)
    #expect(balancer.changed(1, .ready) == [.disconnect(0)])
    #expect(balancer.pick(at: 0) == .endpoint(1))
  }

  @Test("is idle after its connection is lost, until there is a call")
  func lost() {
    var (balancer, _) = awake(2)
    _ = balancer.changed(0, .ready)
    #expect(balancer.changed(0, .idle) == [.resolve])
    #expect(balancer.connectivity == .idle)
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.wake() == [.connect(0), headStart])
  }

  @Test("waits for a connection that is made again by itself, and goes on when that fails")
  func restarted() {
    var (balancer, _) = awake(2)
    _ = balancer.changed(0, .ready)
    #expect(balancer.changed(0, .connecting) == [.connect(0), headStart])
    #expect(balancer.pick(at: 0) == .wait)
    // The other address was not tried: calls wait for it, they do not fail.
    #expect(balancer.changed(0, .transientFailure) == [.connect(1)])
    #expect(balancer.pick(at: 0) == .wait)
    #expect(balancer.changed(1, .ready) == [.disconnect(0)])
  }

  @Test("keeps its connection while its address stays, and begins anew when it goes")
  func rearranged() {
    var (balancer, _) = awake(2)
    _ = balancer.changed(1, .ready)
    #expect(balancer.rearrange([nil, 1], subset: [0, 0], weights: [1], at: 0) == [])
    #expect(balancer.pick(at: 0) == .endpoint(1))
    #expect(
      balancer.rearrange([0, nil], subset: [0, 0], weights: [1], at: 0) == [.connect(0), headStart])
    #expect(balancer.pick(at: 0) == .wait)
  }

  @Test("takes the addresses in an order of its own when told to")
  func shuffled() {
    let firsts = (0..<64 as Range<UInt64>).map { seed -> Balancer.Action? in
      var balancer = Balancer(.pickFirst(shuffled: true), seed: seed)
      _ = balancer.rearrange([nil, nil, nil], subset: [0, 0, 0], weights: [1], at: 0)
      return balancer.wake().first
    }
    for slot in 0..<3 { #expect(firsts.contains(.connect(slot))) }
  }
}
