import MeshProto
import TestMessages
import Testing

@Suite struct LimitTests {
  /// `message Node { Node next = 2; }`, `depth` levels of it.
  private static func nested(_ depth: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 1..<depth {
      var length: [UInt8] = []
      var rest = bytes.count
      while rest >= 0x80 {
        length.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      bytes = [0x12] + length + [UInt8(rest)] + bytes
    }
    return bytes
  }

  @Test(
    "bytes that are no message are refused",
    arguments: [[0x08], [0x0A, 5, 1], [0xFF], [0x0B]])
  func malformed(_ bytes: [UInt8]) {
    #expect(throws: ProtoError.malformed(message: "meshtest.v1.Scalars")) {
      try MeshtestV1.Scalars(bytes: bytes)
    }
  }

  @Test("a string that is not UTF-8 is refused, and the field is named")
  func invalidText() throws {
    let bytes = MeshtestV1.Lists(stringValues: ["a", "b", "xyz"]).serialized()
    let broken = bytes.map { $0 == UInt8(ascii: "y") ? 0xFF : $0 }
    #expect(throws: ProtoError.invalidString(path: "stringValues[2]")) {
      try MeshtestV1.Lists(bytes: broken)
    }
  }

  @Test("a NUL in a string is refused instead of cutting it short")
  func nul() throws {
    let bytes = MeshtestV1.Node(next: .init(name: "xyz")).serialized()
    let broken = bytes.map { $0 == UInt8(ascii: "y") ? 0 : $0 }
    #expect(throws: ProtoError.invalidString(path: "next.name")) {
      try MeshtestV1.Node(bytes: broken)
    }
  }

  @Test("a NUL of our own is written as the replacement character")
  func ownNUL() throws {
    let message = MeshtestV1.Small(reason: "a\0b")
    #expect(try MeshtestV1.Small(bytes: message.serialized()).reason == "a\u{FFFD}b")
  }

  @Test("messages may nest to the limit")
  func deepest() throws {
    _ = try MeshtestV1.Node(bytes: Self.nested(ProtoArena.depthLimit))
  }

  @Test("messages nested deeper are refused before they are unpacked")
  func tooDeep() {
    #expect(throws: ProtoError.tooDeep(limit: ProtoArena.depthLimit)) {
      try MeshtestV1.Node(bytes: Self.nested(ProtoArena.depthLimit + 1))
    }
    #expect(throws: ProtoError.tooDeep(limit: ProtoArena.depthLimit)) {
      try MeshtestV1.Node(bytes: Self.nested(50_000))
    }
  }

  @Test(
    "messages nested deeper are found behind whatever protobuf-c passes over",
    arguments: [
      [0x78, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],  // A long integer.
      [0x7A, 0x80, 0x80, 0x80, 0x80, 0x00],  // A long length.
      [0xF8, 0x80, 0x80, 0x80, 0x00, 0x00],  // A long tag.
      [0x80, 0x80, 0x00, 0x00],  // Field 0.
      [0x88, 0x80, 0x80, 0x80, 0x10, 0x00],  // A field whose number has 30 bits.
      [0xF8, 0xFF, 0xFF, 0xFF, 0x7F, 0x00],  // The largest number of all.
    ] as [[UInt8]])
  func tooDeepBehind(field: [UInt8]) throws {
    _ = try MeshtestV1.Node(bytes: field + Self.nested(ProtoArena.depthLimit))
    #expect(throws: ProtoError.tooDeep(limit: ProtoArena.depthLimit)) {
      _ = try MeshtestV1.Node(bytes: field + Self.nested(ProtoArena.depthLimit + 1))
    }
  }

  @Test("a message that would swell beyond the memory limit is refused")
  func tooLarge() {
    // Two bytes each on the wire, more than a hundred in memory.
    let bytes = (0..<2_000_000).flatMap { _ in [0x8A, 0x01, 0x00] as [UInt8] }
    #expect(throws: ProtoError.tooLarge(limit: ProtoArena.decodeLimit)) {
      try MeshtestV1.Lists(bytes: bytes)
    }
    // And the arena is as good as before.
    #expect(throws: Never.self) { try MeshtestV1.Small(bytes: [0x0A, 1, 0x61]) }
  }

  @Test("messages larger than the arena's first block come back")
  func large() throws {
    let lists = MeshtestV1.Lists(
      stringValues: (0..<20_000).map { "string number \($0)" },
      bytesValues: [[UInt8](repeating: 7, count: 1 << 20)])
    #expect(try MeshtestV1.Lists(bytes: lists.serialized()) == lists)
  }
}
