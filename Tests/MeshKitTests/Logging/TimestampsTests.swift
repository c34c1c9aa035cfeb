import Testing

@testable import MeshKit

@Suite("Timestamps")
struct TimestampsTests {
  @Test(
    "are written as RFC 3339 in UTC",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000000Z"), (1_000_001, "1970-01-01T00:00:01.000001Z"),
      (-1, "1969-12-31T23:59:59.999999Z"), (1_709_210_096_000_000, "2024-02-29T12:34:56.000000Z"),
    ])
  func writes(micros: Micros, text: String) {
    #expect(Timestamps.rfc3339(micros) == text)
    #expect(Timestamps.parse(text) == micros)
  }

  @Test("are read with offsets and any number of digits")
  func reads() {
    #expect(Timestamps.parse("1970-01-01T01:00:00+01:00") == 0)
    #expect(Timestamps.parse("1970-01-01T00:00:00.1234567Z") == 123_456)
  }

  @Test(
    "that are none are refused",
    arguments: [
      "", "2026-01-31", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
      "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
    ])
  func refuses(text: String) {
    #expect(Timestamps.parse(text) == nil)
  }
}
