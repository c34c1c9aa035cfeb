import MeshProto
import TestMessages
import Testing

@Suite struct TimeTests {
  @Test(
    "a timestamp is printed and read alike",
    arguments: [
      ("1970-01-01T00:00:00Z", Int64(0), Int32(0)),
      ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
      ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
      ("2000-02-29T12:34:56.000001Z", 951_827_696, 1000),
      ("1969-12-31T23:59:59.001Z", -1, 1_000_000),
      ("1900-03-01T00:00:00Z", -2_203_891_200, 0),
    ])
  func timestamp(_ text: String, _ seconds: Int64, _ nanos: Int32) throws {
    let message = GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos)
    #expect(String(decoding: try message.json(), as: UTF8.self) == "\"\(text)\"")
    #expect(try GoogleProtobuf.Timestamp(json: "\"\(text)\"") == message)
  }

  @Test(
    "a time that is none is refused",
    arguments: [
      "1970-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "1970-13-01T00:00:00Z",
      "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1972-06-30T23:59:60Z",
      "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.1234567891Z",
      "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "10000-01-01T00:00:00Z", "now", "",
    ])
  func noTimestamp(_ text: String) {
    #expect(throws: ProtoError.self) { try GoogleProtobuf.Timestamp(json: "\"\(text)\"") }
  }

  @Test(
    "a duration is printed and read alike",
    arguments: [
      ("0s", Int64(0), Int32(0)), ("1s", 1, 0), ("-1.500s", -1, -500_000_000),
      ("-0.000000001s", 0, -1), ("315576000000s", 315_576_000_000, 0),
    ])
  func duration(_ text: String, _ seconds: Int64, _ nanos: Int32) throws {
    let message = GoogleProtobuf.Duration(seconds: seconds, nanos: nanos)
    #expect(String(decoding: try message.json(), as: UTF8.self) == "\"\(text)\"")
    #expect(try GoogleProtobuf.Duration(json: "\"\(text)\"") == message)
  }

  @Test("a duration that is none is refused", arguments: ["1", ".5s", "1.s", "1.5", " 1s", "1S"])
  func noDuration(_ text: String) {
    #expect(throws: ProtoError.self) { try GoogleProtobuf.Duration(json: "\"\(text)\"") }
  }

  @Test("a duration whose parts have different signs has no JSON form")
  func mixedSigns() {
    #expect(throws: ProtoError.self) {
      try GoogleProtobuf.Duration(seconds: 1, nanos: -1).json()
    }
  }
}
