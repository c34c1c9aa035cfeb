/// Something that reads what strangers send: no input may end it, and some things always hold.
struct FuzzTarget: Sendable {
  let name: String
  let run: @Sendable ([UInt8]) -> Void

  static let all =
    FrameTargets.all + ExchangeTargets.all + TLSTargets.all + HeaderTargets.all
    + MessageTargets.all + TextTargets.all
}

/// Ends the process, which the fuzzer reports together with the input.
func require(_ condition: Bool, _ promise: StaticString) {
  precondition(condition, "broken: \(promise)")
}
