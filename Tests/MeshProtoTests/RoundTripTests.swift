import MeshProto
import TestMessages
import Testing

@Suite struct RoundTripTests {
  static let scalars = MeshtestV1.Scalars(
    int32Value: -5, int64Value: .min, uint32Value: .max, uint64Value: .max, sint32Value: .min,
    sint64Value: .min, fixed32Value: .max, fixed64Value: .max, sfixed32Value: .min,
    sfixed64Value: .min, floatValue: 1.5, doubleValue: -2.25, boolValue: true,
    stringValue: "grün", bytesValue: [0, 255, 10], color: .belowZero)

  static func back<M: ProtoMessage>(_ message: M) throws -> M {
    try M(bytes: message.serialized())
  }

  @Test("every kind of scalar comes back as it went")
  func everyScalar() throws {
    #expect(try Self.back(Self.scalars) == Self.scalars)
  }

  @Test("a message of defaults takes no bytes")
  func defaultsAreEmpty() throws {
    #expect(MeshtestV1.Scalars().serialized().isEmpty)
    #expect(try MeshtestV1.Scalars(bytes: []) == MeshtestV1.Scalars())
  }

  @Test("lists of every kind come back in order")
  func everyList() throws {
    let lists = MeshtestV1.Lists(
      int32Values: [1, -1, 0], int64Values: [.max, .min], uint32Values: [0, .max],
      uint64Values: [.max], sint32Values: [-1], sint64Values: [-2], fixed32Values: [3],
      fixed64Values: [4], sfixed32Values: [-5], sfixed64Values: [-6], floatValues: [0.5, -0.5],
      doubleValues: [.infinity], boolValues: [true, false, true],
      stringValues: ["", "a", "a longer string than fits in a register"],
      bytesValues: [[], [1, 2, 3]], colors: [.red, .unspecified, .unrecognized(9), .belowZero],
      scalars: [Self.scalars, MeshtestV1.Scalars()], unpackedValues: [7, 8, 9])
    #expect(try Self.back(lists) == lists)
  }

  @Test("maps of every kind come back")
  func everyMap() throws {
    let maps = MeshtestV1.Maps(
      names: ["a": "1", "": ""], numbers: [-1: 1, 0: 0], flags: [true: 1.5, false: 0],
      blobs: [.max: [1], 0: []], colors: [-9: .red], messages: ["x": Self.scalars, "y": .init()],
      createdAtByName: ["now": .init(seconds: 1, nanos: 2)], seen: [1: true, 2: false])
    #expect(try Self.back(maps) == maps)
  }

  @Test("a map's value that is absent on the wire is the default")
  func absentMapValue() throws {
    // Field 6, an entry with the key alone.
    let maps = try MeshtestV1.Maps(bytes: [0x32, 3, 0x0A, 1, 0x78])
    #expect(maps.messages == ["x": MeshtestV1.Scalars()])
  }

  @Test(
    "each member of a oneof comes back, defaults too",
    arguments: [
      MeshtestV1.Choice.Choice.text(""), .text("a"), .data([]), .data([1]), .number(0),
      .flag(false), .color(.unspecified), .color(.unrecognized(77)), .scalars(.init()),
      .nothing(.init()), .ratio(0), .null(.nullValue),
    ])
  func everyMember(_ choice: MeshtestV1.Choice.Choice) throws {
    let message = MeshtestV1.Choice(name: "n", choice: choice)
    #expect(try Self.back(message) == message)
  }

  @Test("of two members of a oneof on the wire the last one counts")
  func lastMemberWins() throws {
    let message = try MeshtestV1.Choice(bytes: [0x12, 1, 0x61, 0x20, 5])
    #expect(message.choice == .number(5))
  }

  @Test("a message that contains itself comes back")
  func recursion() throws {
    var leaf = MeshtestV1.Node(name: "leaf")
    leaf.link = .right("r")
    var node = MeshtestV1.Node(
      name: "root", next: leaf, children: [leaf, leaf], named: ["a": leaf])
    node.link = .left(leaf)
    #expect(try Self.back(node) == node)
  }

  @Test("names of Swift and of C do no harm")
  func words() throws {
    var words = MeshtestV1.Words()
    words.`class` = "class"
    words.unknownFields_ = "unknown"
    words.message = "message"
    words.c = 1
    words.arena = "arena"
    words.value = ["value"]
    words.entries = ["entry": "value"]
    words.type = .type1st
    words.sorted = .init(count: "3")
    words.register = .bytes("bytes")
    words.`operator` = true
    #expect(try Self.back(words) == words)
  }

  @Test(
    "long byte strings come back as they were, alone, in lists and within messages within others",
    arguments: [4095, 4096, 100_000])
  func longBytes(count: Int) throws {
    let long = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let scalars = MeshtestV1.Scalars(bytesValue: long)
    #expect(try Self.back(scalars) == scalars)
    let lists = MeshtestV1.Lists(bytesValues: [long, [], long + long, [1]])
    #expect(try Self.back(lists) == lists)
    // The arena holds them for the outer message while the inner one comes and goes.
    let arena = ProtoArena.current
    let mark = arena.mark
    let outer = scalars.write(into: arena)
    let inner = MeshtestV1.Scalars(bytesValue: long.reversed())
    #expect(try Self.back(inner) == inner)
    let bytes = arena.pack(outer, reserving: 0)
    arena.release(to: mark)
    #expect(try MeshtestV1.Scalars(bytes: bytes).bytesValue == long)
  }

  @Test("in pieces it is the same bytes, and long byte strings are not copied")
  func pieces() {
    let long = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
    let other = [UInt8](repeating: 3, count: 4096)
    let messages: [any ProtoMessage] = [
      MeshtestV1.Small(tenantID: "t"), MeshtestV1.Scalars(bytesValue: [1]),
      MeshtestV1.Scalars(bytesValue: long), MeshtestV1.Scalars(stringValue: "s", bytesValue: long),
      MeshtestV1.Lists(bytesValues: [long, other, [7], long]),
      MeshtestV1.Maps(blobs: [2: long, 1: other]),
    ]
    for message in messages {
      let pieces = message.pieces(reserving: 5)
      #expect(pieces.first + pieces.others.joined() == message.serialized(reserving: 5))
      #expect(!pieces.others.contains { $0.isEmpty })
    }
    let lists = MeshtestV1.Lists(bytesValues: [long, other, [7], long]).pieces().others
    #expect(lists.map(\.count) == [5000, 3, 4096, 6, 5000])
    let isSame = lists[2].withUnsafeBytes { piece in
      other.withUnsafeBytes { piece.baseAddress == $0.baseAddress }
    }
    #expect(isSame)
  }

  @Test("reserved bytes are left in front")
  func prefix() {
    let message = MeshtestV1.Small(tenantID: "t")
    let bytes = message.serialized(reserving: 5)
    #expect(Array(bytes.prefix(5)) == [0, 0, 0, 0, 0])
    #expect(Array(bytes.dropFirst(5)) == message.serialized())
  }

  @Test("equal messages have equal bytes, whatever the order their maps were filled in")
  func deterministic() {
    var one = MeshtestV1.Maps()
    var other = MeshtestV1.Maps()
    for index in 0..<100 { one.names["k\(index)"] = "v" }
    for index in (0..<100).reversed() { other.names["k\(index)"] = "v" }
    #expect(one.serialized() == other.serialized())
  }

  @Test("what a newer schema added is kept and sent on")
  func unknownFields() throws {
    var newer = MeshtestV2.Scalars(
      int32Value: 1, addedText: "text", addedFixed32: 7, addedFixed64: 8, addedNumbers: [1, 2])
    newer.addedMessage = MeshtestV2.Scalars(addedText: "inner")
    let older = try MeshtestV1.Scalars(bytes: newer.serialized())
    #expect(older.int32Value == 1)
    #expect(older.unknownFields != UnknownFields())
    #expect(try MeshtestV2.Scalars(bytes: older.serialized()) == newer)
  }

  @Test("the sign of zero comes back, in a field, a list, a map and a oneof")
  func negativeZero() throws {
    let scalars = MeshtestV1.Scalars(floatValue: -0.0, doubleValue: -0.0)
    let back = try Self.back(scalars)
    #expect(back.floatValue.sign == .minus && back.doubleValue.sign == .minus)
    #expect(back.unknownFields == UnknownFields())
    #expect(try Self.back(MeshtestV1.Lists(doubleValues: [-0.0])).doubleValues[0].sign == .minus)
    #expect(try Self.back(MeshtestV1.Maps(flags: [true: -0.0])).flags[true]?.sign == .minus)
    guard case .ratio(let ratio) = try Self.back(MeshtestV1.Choice(choice: .ratio(-0.0))).choice
    else {
      Issue.record("the member is lost")
      return
    }
    #expect(ratio.sign == .minus)
  }

  @Test("unknown fields and the sign of zero come back together")
  func negativeZeroAndUnknown() throws {
    let newer = MeshtestV2.Scalars(int32Value: 1, addedText: "text", addedFixed32: 7)
    var older = try MeshtestV1.Scalars(bytes: newer.serialized())
    older.doubleValue = -0.0
    let back = try Self.back(older)
    #expect(back == older)
    #expect(back.doubleValue.sign == .minus)
  }

  @Test("a field whose number no schema can have is not sent on")
  func impossibleNumber() throws {
    // Number 0, its tag written with two bytes, which protobuf-c lets pass.
    let message = try MeshtestV1.Scalars(bytes: [0x08, 1, 0x80, 0, 0x18])
    #expect(message == MeshtestV1.Scalars(int32Value: 1))
  }
}
