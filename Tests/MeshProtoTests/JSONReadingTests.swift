import MeshProto
import TestMessages
import Testing

@Suite("Messages from JSON") struct JSONReadingTests {
  private static func read<M: ProtoMessage>(
    _ type: M.Type, _ json: String, _ change: (inout JSONOptions) -> Void = { _ in }
  ) throws -> M {
    var options = JSONOptions()
    options.types = Catalog.types
    change(&options)
    return try M(json: json, options: options)
  }

  private static func failure<M: ProtoMessage>(_ type: M.Type, _ json: String) throws -> String {
    "\(try #require(throws: ProtoError.self) { try read(type, json) })"
  }

  @Test("what was printed is read back")
  func roundTrip() throws {
    let scalars = RoundTripTests.scalars
    let json = String(decoding: try scalars.json(), as: UTF8.self)
    #expect(try Self.read(MeshtestV1.Scalars.self, json) == scalars)
  }

  @Test(
    "a scalar may be written in several ways",
    arguments: [
      (#"{"int32Value":"12"}"#, MeshtestV1.Scalars(int32Value: 12)),
      (#"{"int32_value":12}"#, .init(int32Value: 12)),
      (#"{"int32Value":1.2e1}"#, .init(int32Value: 12)),
      (#"{"int64Value":9223372036854775807}"#, .init(int64Value: .max)),
      (#"{"uint64Value":"18446744073709551615"}"#, .init(uint64Value: .max)),
      (
        #"{"floatValue":"1.5","doubleValue":"-Infinity"}"#,
        .init(floatValue: 1.5, doubleValue: -.infinity)
      ),
      (#"{"bytesValue":"_-8"}"#, .init(bytesValue: [0xFF, 0xEF])),
      (#"{"bytesValue":"/+8="}"#, .init(bytesValue: [0xFF, 0xEF])),
      (#"{"color":1}"#, .init(color: .red)),
      (#"{"color":"COLOR_RED"}"#, .init(color: .red)),
      (#"{"color":77}"#, .init(color: .unrecognized(77))),
      (#"{"stringValue":"\ud83d\ude00\u00e9\/"}"#, .init(stringValue: "😀é/")),
      (#"{"int32Value":null,"stringValue":null,"color":null}"#, .init()),
      (" \t\r\n{ } ", .init()),
    ])
  func spellings(_ json: String, _ expected: MeshtestV1.Scalars) throws {
    #expect(try Self.read(MeshtestV1.Scalars.self, json) == expected)
  }

  @Test(
    "a wrong value is refused, and the field is named",
    arguments: [
      (#"{"int32Value":1.5}"#, "int32Value: expected an integer"),
      (#"{"int32Value":"0x10"}"#, "int32Value: expected an integer"),
      (#"{"int32Value":true}"#, "int32Value: expected an integer"),
      (#"{"int32Value":2147483648}"#, "int32Value: out of range for int32"),
      (#"{"int64Value":"9223372036854775808"}"#, "int64Value: out of range for int64"),
      (#"{"uint32Value":-1}"#, "uint32Value: out of range for uint32"),
      (#"{"floatValue":3.5e38}"#, "floatValue: out of range for float"),
      (#"{"doubleValue":1e400}"#, "doubleValue: out of range for double"),
      (#"{"boolValue":"true"}"#, "boolValue: expected true or false"),
      (#"{"stringValue":1}"#, "stringValue: expected a string"),
      (
        #"{"stringValue":"\u0000"}"#,
        "stringValue: not valid UTF-8, or holds a NUL character"
      ),
      (#"{"bytesValue":"A"}"#, "bytesValue: expected a base64 string"),
      (#"{"color":"NOPE"}"#, "color: unknown value \"NOPE\""),
      (#"{"nope":1}"#, "nope: unknown field"),
      (#"{"int32Value":1,"int32_value":2}"#, "int32Value: given twice"),
    ])
  func wrongScalars(_ json: String, _ text: String) throws {
    #expect(try Self.failure(MeshtestV1.Scalars.self, json) == text)
  }

  @Test(
    "text that is not JSON is refused, and the place is named",
    arguments: [
      ("", 0), ("{", 1), (#"{"int32Value":01}"#, 15), (#"{"int32Value":1,}"#, 16),
      (#"{"int32Value":1} x"#, 17), (#"{"stringValue":"\ud83d"}"#, 22), ("{\"a\n\":1}", 3),
    ])
  func syntax(_ json: String, _ offset: Int) throws {
    let text = try Self.failure(MeshtestV1.Scalars.self, json)
    #expect(text.hasSuffix("not valid JSON at byte \(offset)"))
  }

  @Test("bytes that are not UTF-8 are refused")
  func encoding() {
    let json = Array(#"{"stringValue":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    #expect(throws: ProtoError.self) {
      try json.withUnsafeBytes { try MeshtestV1.Scalars(json: $0) }
    }
  }

  @Test("maps are read by key, each key once")
  func maps() throws {
    let json = #"{"names":{"a":"1"},"flags":{"false":2},"numbers":{"-1":"3"},"blobs":null}"#
    #expect(
      try Self.read(MeshtestV1.Maps.self, json)
        == .init(names: ["a": "1"], numbers: [-1: 3], flags: [false: 2]))
    #expect(
      try Self.failure(MeshtestV1.Maps.self, #"{"names":{"a":"1","a":"2"}}"#)
        == #"names["a"]: given twice"#)
    #expect(
      try Self.failure(MeshtestV1.Maps.self, #"{"names":{"a":null}}"#)
        == #"names["a"]: expected a value, not null"#)
    #expect(
      try Self.failure(MeshtestV1.Maps.self, #"{"flags":{"1":1}}"#)
        == #"flags["1"]: expected "true" or "false" as the key"#)
  }

  @Test("two members of a oneof are refused, null members do not count")
  func oneofs() throws {
    #expect(
      try Self.failure(MeshtestV1.Choice.self, #"{"text":"a","number":1}"#)
        == "number: another member of the same oneof is given too")
    #expect(
      try Self.read(MeshtestV1.Choice.self, #"{"text":null,"number":1}"#).choice == .number(1))
    #expect(
      try Self.read(MeshtestV1.Choice.self, #"{"null":null}"#).choice == .null(.nullValue))
  }

  @Test("an error deep inside names the whole way")
  func path() throws {
    #expect(
      try Self.failure(
        MeshtestV1.Node.self, #"{"children":[{},{"named":{"k":{"next":{"name":5}}}}]}"#)
        == #"children[1].named["k"].next.name: expected a string"#)
  }

  @Test("an error repeats a foreign name in part and without control characters")
  func foreignNames() throws {
    let long = String(repeating: "x", count: 1000)
    #expect(
      try Self.failure(MeshtestV1.Small.self, #"{"a\n\#(long)":1}"#)
        == "a\u{FFFD}\(long.prefix(62))…: unknown field")
    #expect(
      try Self.failure(MeshtestV1.Small.self, #"{"color":"\#(long)"}"#)
        == "color: unknown value \"\(long.prefix(64))…\"")
  }

  @Test("what the schema does not know is passed over on request")
  func ignoreUnknown() throws {
    let json = #"{"nope":{"a":[1,{"b":null}]},"colors":["COLOR_RED","NOPE"],"int32Values":[1]}"#
    #expect(
      try Self.read(MeshtestV1.Lists.self, json) { $0.ignoreUnknown = true }
        == .init(int32Values: [1], colors: [.red]))
  }

  @Test("a oneof whose enum value is passed over is not set")
  func ignoredMember() throws {
    let choice = try Self.read(MeshtestV1.Choice.self, #"{"color":"NOPE"}"#) {
      $0.ignoreUnknown = true
    }
    #expect(choice.choice == nil)
  }

  @Test("the sign of zero is read, through the value and by the descriptor alone")
  func negativeZero() throws {
    let json = #"{"floatValue":-0.0,"doubleValue":"-0.0"}"#
    let value = try Self.read(MeshtestV1.Scalars.self, json)
    let bytes = try Array(json.utf8).withUnsafeBytes {
      try MeshtestV1.Scalars.descriptor.bytes(json: $0)
    }
    #expect(bytes == value.serialized())
    #expect(value.floatValue.sign == .minus && value.doubleValue.sign == .minus)
    #expect(value.unknownFields == UnknownFields())
  }

  @Test("the well-known types are read in their own forms")
  func wellKnown() throws {
    let json = """
      {"timestamp":"1970-01-01T00:00:00.5+01:30","duration":"-0.5s","mask":"displayName,a.bC",
       "struct":{"a":[true,null,"x",1.5,{}]},"value":null,"list":[1],"empty":{},
       "boolValue":true,"int64Value":"5","stringValue":"","doubleValue":null}
      """
    let message = try Self.read(MeshtestV1.WellKnown.self, json)
    #expect(message.timestamp == .init(seconds: -5400, nanos: 500_000_000))
    #expect(message.duration == .init(seconds: 0, nanos: -500_000_000))
    #expect(message.mask == .init(paths: ["display_name", "a.b_c"]))
    let values = message.struct?.fields["a"]?.kind
    #expect(
      values
        == .listValue(
          .init(values: [
            .init(kind: .boolValue(true)), .init(kind: .nullValue(.nullValue)),
            .init(kind: .stringValue("x")), .init(kind: .numberValue(1.5)),
            .init(kind: .structValue(.init())),
          ])))
    #expect(message.value == .init(kind: .nullValue(.nullValue)))
    #expect(message.empty == .init())
    #expect(message.boolValue == .init(value: true))
    #expect(message.int64Value == .init(value: 5))
    #expect(message.stringValue == .init())
    #expect(message.doubleValue == nil)
  }

  @Test(
    "an Any is read wherever its type stands",
    arguments: [
      #"{"any":{"@type":"type.googleapis.com/meshtest.v1.Small","tenantId":"t"}}"#,
      #"{"any":{"tenantId":"t","@type":"type.googleapis.com/meshtest.v1.Small"}}"#,
    ])
  func any(_ json: String) throws {
    let any = try #require(try Self.read(MeshtestV1.WellKnown.self, json).any)
    #expect(any.typeURL == "type.googleapis.com/meshtest.v1.Small")
    #expect(try MeshtestV1.Small(bytes: any.value) == .init(tenantID: "t"))
  }

  @Test(
    "an Any that cannot be is refused",
    arguments: [
      (#"{"any":{"tenantId":"t"}}"#, #"any: expected a member "@type""#),
      (#"{"any":{"@type":"x/no.Such"}}"#, #"any: unknown type "x/no.Such""#),
      (#"{"any":{"@type":"x/google.protobuf.Duration"}}"#, #"any: expected a member "value""#),
    ])
  func wrongAny(_ json: String, _ text: String) throws {
    #expect(try Self.failure(MeshtestV1.WellKnown.self, json) == text)
  }

  @Test("JSON becomes bytes with the descriptor alone, behind room for a head")
  func transcoding() throws {
    let bytes = try Array(#"{"tenantId":"t"}"#.utf8).withUnsafeBytes {
      try MeshtestV1.Small.descriptor.bytes(json: $0, reserving: 5)
    }
    #expect(bytes == [0, 0, 0, 0, 0, 0x0A, 1, 0x74])
  }

  @Test("JSON that is too long or nested too deep is refused")
  func limits() {
    #expect(throws: ProtoError.tooLarge(limit: 10)) {
      try Self.read(MeshtestV1.Small.self, #"{"tenantId":"t"}"#) { $0.maxBytes = 10 }
    }
    let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(throws: ProtoError.tooDeep(limit: 100)) {
      try Self.read(MeshtestV1.WellKnown.self, #"{"list":\#(deep)}"#)
    }
    #expect(throws: ProtoError.tooDeep(limit: 100)) {
      try Self.read(MeshtestV1.Small.self, #"{"nope":\#(deep)}"#) { $0.ignoreUnknown = true }
    }
  }
}
