import MeshProto
import TestMessages
import Testing

@Suite("Messages as JSON") struct JSONWritingTests {
  private static func text(
    _ message: some ProtoMessage, _ change: (inout JSONOptions) -> Void = { _ in }
  ) throws -> String {
    var options = JSONOptions()
    options.types = Catalog.types
    change(&options)
    return String(decoding: try message.json(options: options), as: UTF8.self)
  }

  @Test("fields at their defaults are left out")
  func empty() throws {
    #expect(try Self.text(MeshtestV1.Scalars()) == "{}")
  }

  @Test("names are in lowerCamelCase, 64-bit integers are strings, enums are names")
  func scalars() throws {
    #expect(
      try Self.text(RoundTripTests.scalars) == """
        {"int32Value":-5,"int64Value":"-9223372036854775808","uint32Value":4294967295,\
        "uint64Value":"18446744073709551615","sint32Value":-2147483648,\
        "sint64Value":"-9223372036854775808","fixed32Value":4294967295,\
        "fixed64Value":"18446744073709551615","sfixed32Value":-2147483648,\
        "sfixed64Value":"-9223372036854775808","floatValue":1.5,"doubleValue":-2.25,\
        "boolValue":true,"stringValue":"grün","bytesValue":"AP8K","color":"COLOR_BELOW_ZERO"}
        """)
  }

  @Test("an enum's number without a name stays a number")
  func unnamedEnum() throws {
    #expect(try Self.text(MeshtestV1.Scalars(color: .unrecognized(77))) == #"{"color":77}"#)
  }

  @Test("numbers that JSON does not have are strings")
  func notFinite() throws {
    let lists = MeshtestV1.Lists(doubleValues: [.nan, .infinity, -.infinity])
    #expect(try Self.text(lists) == #"{"doubleValues":["NaN","Infinity","-Infinity"]}"#)
  }

  @Test("strings are escaped")
  func escapes() throws {
    let message = MeshtestV1.Small(reason: "\"\\\n\r\t\u{1}</>é😀")
    #expect(
      try Self.text(message) == #"{"reason":"\"\\\n\r\t\u0001\u003c/\u003eé😀"}"#)
  }

  @Test("a map is an object in the order of its keys")
  func maps() throws {
    let maps = MeshtestV1.Maps(
      numbers: [2: 1, -1: 0], flags: [true: 1.5],
      messages: ["b": .init(int32Value: 1), "a": .init()])
    #expect(
      try Self.text(maps) == """
        {"numbers":{"-1":"0","2":"1"},"flags":{"true":1.5},"messages":{"a":{},"b":{"int32Value":1}}}
        """)
  }

  @Test("a set member of a oneof is printed, at its default too")
  func oneof() throws {
    #expect(try Self.text(MeshtestV1.Choice(choice: .text(""))) == #"{"text":""}"#)
    #expect(try Self.text(MeshtestV1.Choice(choice: .nothing(.init()))) == #"{"nothing":{}}"#)
  }

  @Test("defaults are printed on request, except messages and oneofs")
  func defaults() throws {
    #expect(
      try Self.text(MeshtestV1.Small()) { $0.includeDefaults = true } == """
        {"tenantId":"","reason":"","color":"COLOR_UNSPECIFIED","epoch":"0","requestId":""}
        """)
    #expect(try Self.text(MeshtestV1.Choice()) { $0.includeDefaults = true } == #"{"name":""}"#)
  }

  @Test("pretty text is indented by two spaces and ends with a line break")
  func pretty() throws {
    let lists = MeshtestV1.Lists(int32Values: [1, 2], scalars: [.init()])
    #expect(
      try Self.text(lists) { $0.pretty = true } == """
        {
          "int32Values": [
            1,
            2
          ],
          "scalars": [
            {}
          ]
        }

        """)
  }

  @Test("the well-known types have forms of their own")
  func wellKnown() throws {
    var message = MeshtestV1.WellKnown()
    message.timestamp = .init(seconds: 1_767_225_600, nanos: 120_000_000)
    message.duration = .init(seconds: -1, nanos: -500_000)
    message.mask = .init(paths: ["display_name", "owner.email_address"])
    message.struct = .init(fields: [
      "a": .init(kind: .listValue(.init(values: [.init(kind: .boolValue(true)), .init()])))
    ])
    message.value = .init(kind: .nullValue(.nullValue))
    message.empty = .init()
    message.int64Value = .init(value: 5)
    message.stringValue = .init()
    #expect(
      try Self.text(message) == """
        {"timestamp":"2026-01-01T00:00:00.120Z","duration":"-1.000500s",\
        "mask":"displayName,owner.emailAddress","struct":{"a":[true,null]},"value":null,\
        "empty":{},"int64Value":"5","stringValue":""}
        """)
  }

  @Test("an Any is printed as what it holds")
  func any() throws {
    var message = MeshtestV1.WellKnown()
    message.any = .init(
      typeURL: "type.googleapis.com/meshtest.v1.Small",
      value: MeshtestV1.Small(tenantID: "t").serialized())
    #expect(
      try Self.text(message)
        == #"{"any":{"@type":"type.googleapis.com/meshtest.v1.Small","tenantId":"t"}}"#)
    message.any = .init(
      typeURL: "type.googleapis.com/google.protobuf.Duration",
      value: GoogleProtobuf.Duration(seconds: 3).serialized())
    #expect(
      try Self.text(message)
        == #"{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"3s"}}"#)
  }

  @Test("what has no JSON form is refused, and the field is named")
  func unrepresentable() throws {
    var message = MeshtestV1.WellKnown()
    message.any = .init(typeURL: "type.googleapis.com/no.Such")
    #expect(
      throws: ProtoError.unknownType(path: "any", url: "type.googleapis.com/no.Such")
    ) { try Self.text(message) }
    message = .init(timestamps: [.init(), .init(seconds: 1 << 50)])
    let error = try #require(throws: ProtoError.self) { try Self.text(message) }
    #expect("\(error)" == "timestamps[1]: the timestamp is outside years 1 to 9999")
    message = .init(mask: .init(paths: ["notSnake"]))
    #expect(throws: ProtoError.self) { try Self.text(message) }
  }

  @Test("bytes become JSON with the descriptor alone")
  func transcoding() throws {
    let bytes = MeshtestV1.Small(tenantID: "t", epoch: 7).serialized()
    let json = try bytes.withUnsafeBytes { try MeshtestV1.Small.descriptor.json(bytes: $0) }
    #expect(String(decoding: json, as: UTF8.self) == #"{"tenantId":"t","epoch":"7"}"#)
  }

  @Test("of two entries of a map with the same key the last one is printed")
  func repeatedKeys() throws {
    let bytes =
      MeshtestV1.Maps(names: ["a": "1", "b": "2"]).serialized()
      + MeshtestV1.Maps(names: ["a": "3"]).serialized()
    let json = try bytes.withUnsafeBytes { try MeshtestV1.Maps.descriptor.json(bytes: $0) }
    #expect(String(decoding: json, as: UTF8.self) == #"{"names":{"a":"3","b":"2"}}"#)
  }

  @Test("the sign of zero is printed")
  func negativeZero() throws {
    #expect(try Self.text(MeshtestV1.Scalars(doubleValue: -0.0)) == #"{"doubleValue":-0.0}"#)
  }
}
