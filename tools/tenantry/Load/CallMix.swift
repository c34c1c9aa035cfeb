import MeshRPC

/// One kind of call that a load is made of.
struct LoadCall: Sendable {
  let method: MethodDescriptor
  /// How often it is made beside the others.
  let weight: Int
  let message: WireMessage
}

/// Several kinds of calls, each as often as its weight says, evenly spread.
struct CallMix: Sendable {
  /// The most kinds of calls.
  static let kindLimit = 100
  /// The largest weight.
  static let weightLimit = 1000

  let calls: [LoadCall]
  /// One round: the kinds of as many calls as all weights together.
  private let round: [Int]

  /// Mixes at least one kind of call.
  init(_ calls: [LoadCall]) {
    precondition(!calls.isEmpty, "a load is made of calls")
    self.calls = calls
    let total = calls.reduce(0) { $0 + $1.weight }
    // Each step every kind earns its weight, and the richest pays for a call.
    var credit = calls.map { _ in 0 }
    round = (0..<total).map { _ in
      for (kind, call) in calls.enumerated() { credit[kind] += call.weight }
      let kind = credit.indices.max { credit[$0] < credit[$1] } ?? 0
      credit[kind] -= total
      return kind
    }
  }

  /// Which kind the call with this number is.
  func kind(of number: Int) -> Int { round[number % round.count] }
}
