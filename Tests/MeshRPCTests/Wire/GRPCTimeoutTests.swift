import Testing

@testable import MeshRPC

@Suite("grpc-timeout")
struct GRPCTimeoutTests {
  @Test(
    "is read with each unit",
    arguments: [
      ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("30S", .seconds(30)),
      ("250m", .milliseconds(250)), ("7u", .microseconds(7)),
      ("99999999n", .nanoseconds(99_999_999)),
      ("0S", .zero),
    ])
  func reads(text: String, expected: Duration) {
    #expect(GRPCTimeout.parse(text) == expected)
  }

  @Test(
    "is refused when malformed",
    arguments: ["", "S", "1", "1s", "-1S", "123456789S", "1 S", "1.5S", "١S"])
  func refuses(text: String) {
    #expect(GRPCTimeout.parse(text) == nil)
  }

  @Test(
    "is written in the finest unit that fits",
    arguments: [
      (Duration.nanoseconds(1), "1n"), (.milliseconds(50), "50000000n"),
      (.milliseconds(1500), "1500000u"), (.seconds(100), "100000m"),
      (.seconds(100_000), "100000S"), (.seconds(360_000_000_000), "99999999H"), (.zero, "1n"),
      (.seconds(-3), "1n"),
    ])
  func writes(duration: Duration, expected: String) {
    #expect(GRPCTimeout.format(duration) == expected)
  }

  @Test("never grows when written and read", arguments: [3, 999, 1_000_003, 99_999_999_999])
  func neverGrows(microseconds: Int64) throws {
    let original = Duration.microseconds(microseconds)
    let read = try #require(GRPCTimeout.parse(GRPCTimeout.format(original)))
    #expect(read <= original)
    #expect(read >= original - .seconds(3600))
  }
}
