import MeshProto
import TestMessages

/// Messages, as protobuf and as JSON.
enum MessageTargets {
  static let all = [
    FuzzTarget(name: "unpack", run: unpack),
    FuzzTarget(name: "json", run: json),
  ]

  private static let types: [any ProtoMessage.Type] = [
    MeshtestV1.Scalars.self, MeshtestV1.Lists.self, MeshtestV1.Maps.self, MeshtestV1.Choice.self,
    MeshtestV1.Node.self, MeshtestV1.WellKnown.self, MeshtestV1.Words.self,
    MeshtestV1.Small.self, GoogleProtobuf.AnyMessage.self, GoogleProtobuf.Struct.self,
  ]

  private static var options: JSONOptions {
    var options = JSONOptions()
    options.types = Catalog.types
    return options
  }

  /// The first byte chooses the type.
  private static func unpack(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let type = types[Int(first) % types.count]
    let body = Array(bytes.dropFirst())
    guard let message = try? type.init(bytes: body) else { return }  // Not a message: refused.
    require(depth(of: message) <= ProtoArena.depthLimit, "no message is nested deeper than allowed")
    let encoded = message.serialized()
    let again = try? type.init(bytes: encoded)  // Nil breaks the promise.
    require(again?.serialized() == encoded, "an encoded message is decoded to itself")
    guard let json = try? message.json(options: options) else { return }  // Has no JSON form.
    let text = json.span.withUnsafeBytes { bytes in
      try? type.init(json: bytes, options: options)  // Nil breaks the promise.
    }
    require(text != nil, "JSON of ours can be read")
  }

  /// How deep a message of the one type that only contains itself is nested; 1 for others.
  private static func depth(of message: any ProtoMessage) -> Int {
    var depth = 1
    var node = (message as? MeshtestV1.Node)?.next
    while let next = node {
      depth += 1
      node = next.next
    }
    return depth
  }

  /// The first byte chooses the type and whether unknown fields are ignored.
  private static func json(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let type = types[Int(first & 0x7F) % types.count]
    var options = options
    options.ignoreUnknown = first >= 0x80
    let body = Array(bytes.dropFirst())
    let message = body.span.withUnsafeBytes { bytes in
      try? type.init(json: bytes, options: options)  // Not JSON of the type: refused.
    }
    guard let message else { return }
    let transcoded = body.span.withUnsafeBytes { bytes in
      try? type.descriptor.bytes(json: bytes, options: options)  // Nil breaks the promise.
    }
    let encoded = message.serialized()
    require(transcoded != nil, "what a value can be read from can be transcoded")
    let again = try? type.init(bytes: transcoded ?? [])  // Nil breaks the promise.
    require(again?.serialized() == encoded, "the value and the transcoded bytes are the same")
    let printed = try? message.json(options: options)  // Nil breaks the promise.
    require(printed != nil, "what was read from JSON has a JSON form")
  }
}
