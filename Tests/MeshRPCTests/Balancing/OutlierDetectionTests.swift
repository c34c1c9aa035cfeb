import MeshRPC
import Testing

private let second: Int64 = 1_000_000_000

extension OutlierDetection {
  /// Counts so many good and bad calls at each slot.
  fileprivate mutating func count(_ calls: [(good: Int, bad: Int)]) {
    for (slot, calls) in calls.enumerated() {
      for _ in 0..<calls.good { #expect(count(slot, .ok, at: 0) == false) }
      for _ in 0..<calls.bad { #expect(count(slot, .unavailable, at: 0) == false) }
    }
  }
}

@Suite("Outlier detection")
struct OutlierDetectionTests {
  private func detection(
    _ hosts: Int, _ change: (inout OutlierDetection.Config) -> Void = { _ in }
  ) -> OutlierDetection {
    var config = OutlierDetection.Config()
    config.failuresOnEnd = nil
    change(&config)
    var detection = OutlierDetection(config)
    detection.rearrange(Array(repeating: nil, count: hosts))
    return detection
  }

  private struct Case: CustomTestStringConvertible {
    let testDescription: String
    let calls: [(good: Int, bad: Int)]
    let ejected: [Int]
  }

  private static let byPercentage = [
    Case(testDescription: "all are well", calls: [(100, 0), (100, 0)], ejected: []),
    Case(testDescription: "one fails all", calls: [(0, 100), (100, 0)], ejected: [0]),
    Case(testDescription: "just at the threshold", calls: [(15, 85), (100, 0)], ejected: []),
    Case(testDescription: "just above it", calls: [(14, 86), (100, 0)], ejected: [0]),
    Case(testDescription: "too few calls", calls: [(0, 49), (100, 0)], ejected: []),
    Case(testDescription: "too few others", calls: [(0, 100), (49, 0)], ejected: []),
    Case(testDescription: "all fail: one goes", calls: [(0, 100), (0, 100)], ejected: [0]),
    Case(testDescription: "alone", calls: [(0, 100)], ejected: []),
  ]

  @Test("by percentage ejects those that fail most of their calls", arguments: byPercentage)
  private func percentage(example: Case) {
    var random = SplitMix64(seed: 1)
    var detection = detection(example.calls.count) { $0.successRate = nil }
    detection.count(example.calls)
    #expect(detection.sweep(at: 0, &random).ejected == example.ejected)
  }

  @Test("by success rate ejects those far below the mean")
  func successRate() {
    var random = SplitMix64(seed: 1)
    var detection = detection(6) { $0.failurePercentage = nil }
    // The mean is 0.9 and the deviation 0.224, so the limit lies at 0.475.
    detection.count(Array(repeating: (100, 0), count: 5) + [(40, 60)])
    #expect(detection.sweep(at: 0, &random).ejected == [5])
    var alike = self.detection(6) { $0.failurePercentage = nil }
    alike.count([(100, 0), (98, 2), (97, 3), (99, 1), (96, 4), (97, 3)])
    #expect(alike.sweep(at: 0, &random).ejected == [])
  }

  @Test("never ejects more than its share, but one")
  func share() {
    var random = SplitMix64(seed: 1)
    var ten = detection(10) { $0.successRate = nil }
    ten.count(Array(repeating: (0, 100), count: 10))
    #expect(ten.sweep(at: 0, &random).ejected == [0])
    var half = detection(10) {
      $0.successRate = nil
      $0.ejectedPercent = 50
    }
    half.count(Array(repeating: (0, 100), count: 10))
    #expect(half.sweep(at: 0, &random).ejected == [0, 1, 2, 3, 4])
    var whole = detection(3) {
      $0.successRate = nil
      $0.ejectedPercent = 100
    }
    whole.count(Array(repeating: (0, 100), count: 3))
    #expect(whole.sweep(at: 0, &random).ejected == [0, 1])
  }

  @Test("lets an endpoint return after its time, which grows each time and shrinks in good times")
  func returns() {
    var random = SplitMix64(seed: 1)
    var detection = detection(2)
    let bad: [(good: Int, bad: Int)] = [(0, 100), (100, 0)]
    detection.count(bad)
    #expect(detection.sweep(at: 0, &random).ejected == [0])
    #expect(detection.isEjected(0))
    #expect(detection.sweep(at: 29 * second, &random).returned == [])
    #expect(detection.sweep(at: 30 * second, &random).returned == [0])
    #expect(!detection.isEjected(0))
    // Bad again at once: the second one takes twice as long, less what one good sweep took off.
    detection.count(bad)
    #expect(detection.sweep(at: 30 * second, &random).ejected == [0])
    #expect(detection.sweep(at: 60 * second, &random).returned == [0])
    for _ in 0..<3 { _ = detection.sweep(at: 61 * second, &random) }
    detection.count(bad)
    _ = detection.sweep(at: 70 * second, &random)
    #expect(detection.sweep(at: 100 * second, &random).returned == [0])
  }

  @Test("counts anew in each interval, and forgets nothing of those that stay")
  func intervals() {
    var random = SplitMix64(seed: 1)
    var detection = detection(2)
    detection.count([(0, 40), (100, 0)])
    #expect(detection.sweep(at: 0, &random).ejected == [])
    detection.count([(0, 40), (100, 0)])
    #expect(detection.sweep(at: 0, &random).ejected == [])
    detection.count([(0, 100), (100, 0)])
    detection.rearrange([1, 0])
    #expect(detection.sweep(at: 0, &random).ejected == [1])
  }

  @Test("holds nothing against an endpoint that answers, whatever it answers")
  func faults() {
    var random = SplitMix64(seed: 1)
    let faults: Set<StatusCode> = [.unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss]
    for code in StatusCode.allCases {
      var detection = detection(2)
      for _ in 0..<100 {
        #expect(detection.count(0, code, at: 0) == false)
        #expect(detection.count(1, .ok, at: 0) == false)
      }
      #expect(detection.sweep(at: 0, &random).ejected == (faults.contains(code) ? [0] : []))
    }
  }

  @Test("carries its verdicts out as often as it is told")
  func enforcement() {
    var random = SplitMix64(seed: 1)
    var ejected = 0
    for _ in 0..<1000 {
      var detection = detection(2) {
        $0.successRate = nil
        $0.failurePercentage?.enforced = 30
      }
      detection.count([(0, 100), (100, 0)])
      ejected += detection.sweep(at: 0, &random).ejected.count
    }
    #expect((250...350).contains(ejected))
  }

  @Test("ejects at once what fails call after call while another answers")
  func onEnd() {
    var random = SplitMix64(seed: 1)
    var detection = detection(3) { $0.failuresOnEnd = 3 }
    #expect(detection.count(0, .ok, at: 0) == false)
    for code in [StatusCode.internal, .unavailable, .ok, .internal, .unavailable] {
      #expect(detection.count(1, code, at: 0) == false)
    }
    #expect(detection.count(1, .unavailable, at: 5 * second) == true)
    #expect(detection.isEjected(1))
    // It is out already; and of three no second one may go.
    #expect(detection.count(1, .unavailable, at: 5 * second) == false)
    for _ in 0..<5 { #expect(detection.count(2, .unavailable, at: 5 * second) == false) }
    #expect(detection.sweep(at: 34 * second, &random).returned == [])
    #expect(detection.sweep(at: 35 * second, &random).returned == [1])
  }

  @Test("ejects nobody at once while all fail, nor for what failed before the last sweep")
  func sharedFailure() {
    var random = SplitMix64(seed: 1)
    var detection = detection(2) { $0.failuresOnEnd = 3 }
    for slot in [0, 1] { #expect(detection.count(slot, .ok, at: 0) == false) }
    for _ in 0..<10 {
      for slot in [0, 1] { #expect(detection.count(slot, .unavailable, at: 0) == false) }
    }
    _ = detection.sweep(at: second, &random)
    #expect(detection.count(0, .ok, at: second) == false)
    for _ in 0..<2 { #expect(detection.count(1, .unavailable, at: second) == false) }
    #expect(detection.count(1, .unavailable, at: second) == true)
  }

  @Test("takes an endpoint's calls away and gives them back")
  func balanced() {
    var rules = OutlierDetection.Config()
    rules.failuresOnEnd = nil
    var balancer = Balancer(.roundRobin, outliers: rules, seed: 1)
    _ = balancer.rearrange([nil, nil, nil], subset: [0, 0, 0], weights: [1], at: 0)
    _ = balancer.wake()
    #expect(balancer.sweepInterval == .seconds(10))
    for slot in 0..<3 { _ = balancer.changed(slot, .ready) }
    for _ in 0..<100 {
      for slot in 0..<3 {
        balancer.began(slot)
        _ = balancer.ended(slot, slot == 1 ? .internal : .ok, silence: 1000, at: 0)
      }
    }
    #expect(balancer.sweep(at: 0).ejected == [1])
    #expect((0..<30).allSatisfy { _ in balancer.pick(at: 0) != .endpoint(1) })
    // When the others are gone it is better than none.
    _ = balancer.changed(0, .idle)
    _ = balancer.changed(2, .idle)
    #expect(balancer.pick(at: 0) == .endpoint(1))
    #expect(balancer.sweep(at: 30 * second).returned == [1])
  }

  @Test("takes calls away at once from an endpoint that fails call after call")
  func balancedOnEnd() {
    var balancer = Balancer(.roundRobin, outliers: OutlierDetection.Config(), seed: 1)
    _ = balancer.rearrange([nil, nil], subset: [0, 0], weights: [1], at: 0)
    _ = balancer.wake()
    for slot in 0..<2 { _ = balancer.changed(slot, .ready) }
    balancer.began(0)
    #expect(balancer.ended(0, .ok, silence: 1000, at: 0) == false)
    // Those that a crash takes along are no such failures.
    _ = balancer.changed(1, .idle)
    for _ in 1...30 {
      balancer.began(1)
      #expect(balancer.ended(1, .unavailable, silence: 1000, at: 0) == false)
    }
    _ = balancer.changed(1, .ready)
    for number in 1...20 {
      balancer.began(1)
      #expect(balancer.ended(1, .unavailable, silence: 1000, at: 0) == (number == 20))
    }
    #expect(balancer.pick(at: 0) == .endpoint(0))
    #expect(balancer.pick(at: 0) == .endpoint(0))
  }
}
