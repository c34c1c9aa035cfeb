/// A small, fast generator for choices that need no secrecy (Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", 2014); the same seed gives the same choices.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts from `seed`.
  package init(seed: UInt64) { state = seed }

  /// A number, each equally likely.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Spreads a number's bits over all 64.
  static func mix(_ number: UInt64) -> UInt64 {
    var bits = number
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
