import MeshProto
import TestMessages

/// One question: what becomes of the body by the operation, as a message of the type.
struct Question {
  private let operation: Unicode.Scalar
  private let type: any ProtoMessage.Type
  private let body: [UInt8]

  private static let types: [String: any ProtoMessage.Type] = {
    let types: [any ProtoMessage.Type] = [
      MeshtestV1.Scalars.self, MeshtestV1.Lists.self, MeshtestV1.Maps.self, MeshtestV1.Choice.self,
      MeshtestV1.Node.self, MeshtestV1.WellKnown.self, MeshtestV1.Words.self,
      MeshtestV1.Nothing.self, MeshtestV1.Small.self, MeshtestV2.Scalars.self,
      GoogleProtobuf.Timestamp.self, GoogleProtobuf.Duration.self, GoogleProtobuf.FieldMask.self,
      GoogleProtobuf.Struct.self, GoogleProtobuf.Value.self, GoogleProtobuf.ListValue.self,
      GoogleProtobuf.AnyMessage.self, GoogleProtobuf.DoubleValue.self,
      GoogleProtobuf.Int64Value.self, GoogleProtobuf.BytesValue.self,
    ]
    return Dictionary(uniqueKeysWithValues: types.map { ($0.descriptor.name, $0) })
  }()

  init(_ question: ArraySlice<UInt8>) {
    let bytes = Array(question)
    let end = 2 + Int(bytes[1])
    let name = String(decoding: bytes[2..<end], as: UTF8.self)
    guard let type = Self.types[name] else { preconditionFailure("\(name) is not in the list") }
    operation = Unicode.Scalar(bytes[0])
    self.type = type
    body = Array(bytes[end...])
  }

  func answer() throws(ProtoError) -> [UInt8] {
    var options = JSONOptions()
    options.types = Catalog.types
    switch operation {
    // Between binary and binary, through the Swift value.
    case "=": return try type.init(bytes: body).serialized()
    // From binary to JSON, through the Swift value.
    case "j": return try type.init(bytes: body).json(options: options)
    // The same, with the fields at their defaults.
    case "J":
      options.includeDefaults = true
      return try type.init(bytes: body).json(options: options)
    // From binary to JSON, by the descriptor alone.
    case "d":
      return try body.span.withUnsafeBytes { (bytes) throws(ProtoError) in
        try type.descriptor.json(bytes: bytes, options: options)
      }
    // From JSON to binary, through the Swift value.
    case "p": return try parsed(options).serialized()
    // The same, passing over what the schema does not know.
    case "i":
      options.ignoreUnknown = true
      return try parsed(options).serialized()
    // From JSON to binary, by the descriptor alone.
    case "b":
      return try body.span.withUnsafeBytes { (bytes) throws(ProtoError) in
        try type.descriptor.bytes(json: bytes, options: options)
      }
    default: preconditionFailure("\(operation) is no operation")
    }
  }

  private func parsed(_ options: JSONOptions) throws(ProtoError) -> any ProtoMessage {
    try body.span.withUnsafeBytes { (bytes) throws(ProtoError) -> any ProtoMessage in
      try type.init(json: bytes, options: options)
    }
  }
}
