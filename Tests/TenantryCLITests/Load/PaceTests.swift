import MeshRPC
import Testing

@testable import TenantryCLI

@Suite("The pace of a load")
struct PaceTests {
  @Test(
    "is kept over any time, without an error that adds up",
    arguments: [0.1, 3, 7, 1000, 333_333, 1_000_000])
  func evenly(rate: Double) {
    var pace = Pace(rate: rate, from: 100)
    var last: Int64 = -1
    var count = 0
    let end = 100 + Int64(min(10_000, rate * 60) / rate * 1e9)
    while let due = pace.take(at: end), due < end {
      #expect(due > last)
      last = due
      count += 1
    }
    let wanted = Double(end - 100) / 1e9 * rate
    #expect(abs(Double(count) - wanted) <= 1)
  }

  @Test("is not let off what fell due while nobody looked")
  func late() {
    var pace = Pace(rate: 1000, from: 0)
    var dues: [Int64] = []
    while let due = pace.take(at: 3_500_000) { dues.append(due) }
    #expect(dues == [0, 1_000_000, 2_000_000, 3_000_000])
    #expect(pace.nextDue == 4_000_000)
    #expect(pace.take(at: 3_999_999) == nil)
    #expect(pace.take(at: 4_000_000) == 4_000_000)
  }
}

@Suite("A mix of calls")
struct CallMixTests {
  @Test(
    "makes each kind as often as its weight says, evenly spread",
    arguments: [([1], "0"), ([2, 1], "010"), ([5, 1, 1], "0010200"), ([1, 1, 1], "012")])
  func weights(weights: [Int], round: String) {
    let mix = CallMix(
      weights.map {
        LoadCall(
          method: MethodDescriptor(service: "a.B", method: "C", kind: .unary), weight: $0,
          message: WireMessage(payload: []))
      })
    let total = weights.reduce(0, +)
    let kinds = (0..<total).map { mix.kind(of: $0) }
    #expect(kinds.map { "\($0)" }.joined() == round)
    #expect((total..<2 * total).map { mix.kind(of: $0) } == kinds)
  }
}
