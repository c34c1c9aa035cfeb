/// Chooses the endpoint of each call among those of a channel, and says which connections to make.
///
/// A value without I/O: the owner tells what happens and does what is answered. Endpoints are known
/// by their slots, 0 and up. Times are nanoseconds on a clock that only grows.
package struct Balancer: Sendable {
  /// How the endpoint of a call is chosen.
  package enum Policy: Sendable, Equatable {
    /// One connection for all calls, to the first address that works; another address is tried
    /// `attemptDelay` after the one before it.
    case pickFirst(attemptDelay: Duration = .milliseconds(250), shuffled: Bool = false)
    /// Each in turn.
    case roundRobin
    /// The less loaded of two chosen at random, by peak EWMA ("power of two choices").
    case leastLoad(PeakEWMA.Config = PeakEWMA.Config())
  }

  /// What the owner has to do.
  package enum Action: Sendable, Equatable {
    /// Connect this slot, unless it is connected or waits for its pause to end.
    case connect(Int)
    /// End this slot's connection.
    case disconnect(Int)
    /// Say `timerFired` after so long, in place of any earlier timer.
    case startTimer(Duration)
    /// Look the addresses up again when it is time.
    case resolve
  }

  /// Where a call goes.
  package enum Pick: Sendable, Equatable {
    /// To this slot.
    case endpoint(Int)
    /// Nowhere yet: wait for a change. When the channel is idle, `wake` it first.
    case wait
    /// Nowhere: fail, unless the caller would rather wait.
    case fail
  }

  private struct Endpoint {
    var subset: Int
    /// What calls see of it: failure is sticky until it is ready again.
    var connectivity = ConnectivityState.idle
    /// Whether it lets calls expire without a word.
    var isSilent = false
    /// Whether it says that it does not serve.
    var isUnwilling = false
    /// Whether it has as many calls as it allows.
    var isFull = false
    var load: PeakEWMA
  }

  private let policy: Policy
  private let loadConfig: PeakEWMA.Config
  private var random: SplitMix64
  private var endpoints: [Endpoint] = []
  private var subsets = WeightedSubsets()
  private var first: PickFirst?
  private var outliers: OutlierDetection?
  private var turn = 0
  private var isAwake = false

  /// A balancer without endpoints.
  package init(_ policy: Policy, outliers: OutlierDetection.Config? = nil, seed: UInt64) {
    self.policy = policy
    self.outliers = outliers.map { OutlierDetection($0) }
    random = SplitMix64(seed: seed)
    loadConfig = if case .leastLoad(let config) = policy { config } else { PeakEWMA.Config() }
    if case .pickFirst(let delay, let shuffled) = policy {
      first = PickFirst(delay: delay, isShuffled: shuffled)
    }
  }

  /// How the channel stands.
  package private(set) var connectivity = ConnectivityState.idle

  /// How many endpoints there are.
  package var count: Int { endpoints.count }

  /// Follows a change of the addresses.
  ///
  /// `before` and `subset` tell, for each new slot, the slot that its address had, if any, and its
  /// subset; `weights` are those of the subsets, all above 0.
  package mutating func rearrange(
    _ before: [Int?], subset: [Int], weights: [Int], at now: Int64
  ) -> [Action] {
    endpoints = zip(before, subset).map { before, subset in
      var endpoint =
        before.map { endpoints[$0] } ?? Endpoint(subset: 0, load: PeakEWMA(loadConfig, at: now))
      endpoint.subset = subset
      return endpoint
    }
    outliers?.rearrange(before)
    subsets.reset(weights: weights)
    let actions = first?.rearrange(before, &random) ?? idleEndpoints
    settle()
    return isAwake ? actions : []
  }

  /// The channel is wanted: connections are made and kept from now on.
  package mutating func wake() -> [Action] {
    isAwake = true
    let actions = first?.wake() ?? idleEndpoints
    settle()
    return actions
  }

  /// The channel was not used for long: ends all connections.
  package mutating func sleep() -> [Action] {
    isAwake = false
    first?.sleep()
    for slot in endpoints.indices { endpoints[slot].connectivity = .idle }
    settle()
    return endpoints.indices.map { .disconnect($0) }
  }

  /// A slot stands differently.
  package mutating func changed(_ slot: Int, _ connectivity: ConnectivityState) -> [Action] {
    let isSticky = endpoints[slot].connectivity == .transientFailure && connectivity != .ready
    if !isSticky { endpoints[slot].connectivity = connectivity }
    endpoints[slot].isSilent = false
    endpoints[slot].isUnwilling = false
    if connectivity != .ready { endpoints[slot].isFull = false }
    var actions: [Action] = []
    if let answer = first?.changed(slot, connectivity) {
      actions = answer
      if first?.connectivity == .idle { isAwake = false }
    } else if isAwake {
      switch connectivity {
      case .idle: actions = [.resolve, .connect(slot)]
      case .transientFailure: actions = [.resolve]
      case .connecting, .ready, .shutdown: break
      }
    }
    settle()
    return actions
  }

  /// A ready slot lets calls expire without a word, or has spoken again; while it is silent it gets
  /// calls only if there is no other.
  package mutating func doubted(_ slot: Int, isSilent: Bool) {
    endpoints[slot].isSilent = isSilent
    settle()
  }

  /// A ready slot says that it does not serve, or that it does again; while it does not, it gets
  /// calls only if there is no other.
  package mutating func healthChanged(_ slot: Int, isUnwilling: Bool) {
    endpoints[slot].isUnwilling = isUnwilling
    settle()
  }

  /// A ready slot has as many calls as its server allows, or fewer again; while it is full it gets
  /// none, and calls wait if there is no other.
  package mutating func filled(_ slot: Int, isFull: Bool) {
    endpoints[slot].isFull = isFull
    settle()
  }

  /// Whether a call would find an endpoint now.
  package var takesCalls: Bool { !subsets.slots.isEmpty }

  /// The timer that `startTimer` asked for.
  package mutating func timerFired() -> [Action] { first?.timerFired() ?? [] }

  /// How often to call `sweep`; nil when there is nothing to judge.
  package var sweepInterval: Duration? { endpoints.count > 1 ? outliers?.interval : nil }

  /// Takes endpoints out that fail more than the others, and brings others back.
  package mutating func sweep(at now: Int64) -> OutlierDetection.Verdict {
    let verdict = outliers?.sweep(at: now, &random) ?? OutlierDetection.Verdict()
    if !verdict.ejected.isEmpty || !verdict.returned.isEmpty { settle() }
    return verdict
  }

  private var idleEndpoints: [Action] {
    endpoints.indices.filter { endpoints[$0].connectivity == .idle }.map { .connect($0) }
  }

  /// Works out which slots take calls, and how the channel stands.
  private mutating func settle() {
    var usable: [Int]
    if let first {
      usable = first.selected.map { [$0] } ?? []
      connectivity = first.connectivity
    } else {
      let ready = endpoints.indices.filter { endpoints[$0].connectivity == .ready }
      let willing = ready.filter { !endpoints[$0].isSilent && !endpoints[$0].isUnwilling }
      usable = willing.filter { outliers?.isEjected($0) != true }
      // An endpoint that often fails is better than none, and so is one that does not serve, which
      // says why, or one that may hang.
      if usable.isEmpty { usable = willing }
      if usable.isEmpty { usable = ready.filter { !endpoints[$0].isSilent } }
      if usable.isEmpty { usable = ready }
      let isConnecting = endpoints.contains {
        $0.connectivity == .connecting || $0.connectivity == .idle
      }
      connectivity =
        !usable.isEmpty ? .ready : !isAwake ? .idle : isConnecting ? .connecting : .transientFailure
    }
    usable.removeAll { endpoints[$0].isFull }
    subsets.fill(usable) { endpoints[$0].subset }
  }
}

/// What happens for each call.
extension Balancer {
  /// Chooses the endpoint of a call.
  ///
  /// Calls with the same key prefer the same subset; see ``key(_:)``.
  package mutating func pick(key: @autoclosure () -> UInt64? = nil, at now: Int64) -> Pick {
    guard let range = subsets.only ?? subsets.choose(key() ?? random.next()) else {
      return connectivity == .transientFailure ? .fail : .wait
    }
    if range.count == 1 { return .endpoint(subsets.slots[range.lowerBound]) }
    guard case .leastLoad = policy else {
      turn &+= 1
      return .endpoint(
        subsets.slots[range.lowerBound + Int(UInt(bitPattern: turn) % UInt(range.count))])
    }
    let one = below(range.count)
    var other = below(range.count - 1)
    if other >= one { other += 1 }
    let (left, right) = (
      subsets.slots[range.lowerBound + one], subsets.slots[range.lowerBound + other]
    )
    let isLeft = endpoints[left].load.cost(at: now) <= endpoints[right].load.cost(at: now)
    return .endpoint(isLeft ? left : right)
  }

  /// The key of a text, for example of a tenant's id: the same in every process.
  package static func key(_ text: String) -> UInt64 {
    // FNV-1a, whose bits are then spread: tenants may be numbered.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return SplitMix64.mix(hash)
  }

  /// A call goes to the slot.
  package mutating func began(_ slot: Int) { endpoints[slot].load.began() }

  /// The first of a call's answer has come, after so many nanoseconds.
  package mutating func answered(_ slot: Int, after elapsed: Int64, at now: Int64) {
    endpoints[slot].load.observe(elapsed, at: now)
  }

  /// A call to the slot is over; whether the slot is taken out from now on, for failing.
  ///
  /// `silence` is the nanoseconds from its beginning, nil when `answered` was called; `pushback` is
  /// for how long the server does not want to be asked again, if it said so.
  package mutating func ended(
    _ slot: Int, _ code: StatusCode, silence: Int64?, pushback: Duration? = nil, at now: Int64
  ) -> Bool {
    endpoints[slot].load.ended()
    if code == .resourceExhausted {
      let penalty = pushback.map { min($0, loadConfig.longestPushback) } ?? loadConfig.exhausted
      endpoints[slot].load.observe(atLeast: penalty.wholeNanoseconds, at: now)
    } else if let silence {
      // A failure that comes quickly must not make its endpoint look fast.
      if code == .cancelled || OutlierDetection.isFault(code) {
        endpoints[slot].load.observe(atLeast: silence, at: now)
      } else {
        endpoints[slot].load.observe(silence, at: now)
      }
    }
    // The slot has changed before the calls of its connection end.
    let wasLost = endpoints[slot].connectivity != .ready
    guard outliers?.count(slot, code, wasLost: wasLost, at: now) == true else { return false }
    settle()
    return true
  }

  private mutating func below(_ limit: Int) -> Int {
    Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(limit)).high)
  }
}
