/// The slots that take calls, by subset, and the choice between subsets by weight.
struct WeightedSubsets: Sendable {
  private struct Subset {
    let weight: UInt64
    /// Where its slots are in `slots`.
    var range = 0..<0
  }

  private var subsets: [Subset] = []
  private var totalWeight: UInt64 = 0
  /// All slots that take calls, subset by subset.
  private(set) var slots: [Int] = []

  /// Subsets with these weights, all above 0, and no slots yet.
  mutating func reset(weights: [Int]) {
    subsets = weights.map { Subset(weight: UInt64($0)) }
    totalWeight = subsets.reduce(0) { $0 + $1.weight }
    slots = []
  }

  /// Says which slots take calls; `subset` tells to which subset each belongs.
  mutating func fill(_ usable: [Int], subset: (Int) -> Int) {
    slots = []
    for index in subsets.indices {
      let start = slots.count
      slots += usable.filter { subset($0) == index }
      subsets[index].range = start..<slots.count
    }
  }

  /// All slots that take calls, when there is just one subset and so nothing to choose.
  var only: Range<Int>? { subsets.count == 1 && !slots.isEmpty ? slots.indices : nil }

  /// The part of `slots` that the call goes to, never empty; nil when no slot takes calls.
  ///
  /// `point` is where the call lies among all calls, which are spread evenly: the same point leads
  /// to the same subset for as long as the weights allow.
  func choose(_ point: UInt64) -> Range<Int>? {
    guard !slots.isEmpty else { return nil }
    let chosen = find(point, of: totalWeight) { _ in true }
    if let chosen, !chosen.isEmpty { return chosen }
    // Its whole subset is gone: the others share its calls. Choosing among all first keeps every
    // other call where it was.
    let rest = subsets.reduce(0) { $1.range.isEmpty ? $0 : $0 + $1.weight }
    return find(SplitMix64.mix(point), of: rest) { !$0.range.isEmpty }
  }

  private func find(
    _ point: UInt64, of total: UInt64, where isWanted: (Subset) -> Bool
  ) -> Range<Int>? {
    var left = point.multipliedFullWidth(by: total).high
    for subset in subsets where isWanted(subset) {
      if left < subset.weight { return subset.range }
      left -= subset.weight
    }
    return nil
  }
}
