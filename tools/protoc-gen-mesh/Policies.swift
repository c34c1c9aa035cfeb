import MeshProto

/// The policy option of methods: finds it, demands it, and writes it as Swift.
struct Policies {
  static let optionName = "tenantry.options.v1.policy"
  /// Packages of others' protocols, whose methods have no policy of ours.
  private static let exempt = ["grpc.", "google.", "opentelemetry."]

  private let schema: Schema
  private let option: ExtensionSchema?

  init(_ schema: Schema) {
    self.schema = schema
    option = schema.files.lazy.flatMap(\.extensions).first { $0.fullName == Self.optionName }
  }

  /// The method's policy as arguments of `MethodPolicy`, one for each field of the option; nil for
  /// methods of others' protocols.
  func arguments(for method: MethodSchema) throws(GenerationError) -> [String]? {
    guard let option, case .message(let type) = option.type,
      let policy = schema.messages[type],
      let value = method.options.first(where: { $0.number == UInt32(option.number) })
    else {
      if Self.exempt.contains(where: method.fullName.hasPrefix) { return nil }
      throw GenerationError(
        method.fullName, "has no policy; give it option (\(Self.optionName)) = { … }")
    }
    return try value.bytes.span.withUnsafeBytes { (bytes) throws(GenerationError) in
      var reader = WireReader(bytes)
      guard let body = reader.delimited() else { throw Self.malformed(method) }
      return try arguments(of: policy, body, for: method)
    }
  }

  private func arguments(
    of policy: MessageSchema, _ bytes: UnsafeRawBufferPointer, for method: MethodSchema
  ) throws(GenerationError) -> [String] {
    var values: [UInt32: String] = [:]
    var reader = WireReader(bytes)
    while let (number, _) = reader.tag() {
      guard let field = policy.fields.first(where: { $0.number == Int32(number) }) else {
        throw Self.malformed(method)
      }
      values[number] = try expression(of: field, &reader, for: method)
    }
    var arguments: [String] = []
    for field in policy.fields {
      let absent = try absent(field, for: method)
      let value = values[UInt32(field.number)] ?? absent
      arguments.append("\(SwiftNames.member(field.name)): \(value)")
    }
    return arguments
  }

  /// The default of a field that the policy does not mention.
  private func absent(
    _ field: FieldSchema, for method: MethodSchema
  ) throws(GenerationError) -> String {
    switch field.type {
    case .string: "\"\""
    case .bool: "false"
    case .enum(let name): try enumCase(name, number: 0, for: method)
    default: "0"
    }
  }

  private func enumCase(
    _ name: String, number: Int32, for method: MethodSchema
  ) throws(GenerationError) -> String {
    guard let type = schema.enums[name] else { throw Self.malformed(method) }
    let index = type.values.firstIndex { $0.number == number }
    return index.map { "." + SwiftNames.cases(type)[$0] } ?? ".unrecognized(\(number))"
  }

  private func expression(
    of field: FieldSchema, _ reader: inout WireReader, for method: MethodSchema
  ) throws(GenerationError) -> String {
    switch field.isRepeated || field.oneof != nil ? .group : field.type {
    case .string:
      guard let bytes = reader.delimited() else { throw Self.malformed(method) }
      return String(decoding: bytes, as: UTF8.self).literal
    case .enum(let name):
      guard let number = reader.varint() else { throw Self.malformed(method) }
      return try enumCase(name, number: Int32(truncatingIfNeeded: number), for: method)
    case .bool:
      guard let value = reader.varint() else { throw Self.malformed(method) }
      return value != 0 ? "true" : "false"
    case .int32, .int64, .uint32, .uint64:
      guard let value = reader.varint() else { throw Self.malformed(method) }
      return String(Int64(bitPattern: value))
    default:
      throw GenerationError(
        method.fullName, "the policy's field \(field.name) is of a kind that is not supported")
    }
  }

  private static func malformed(_ method: MethodSchema) -> GenerationError {
    GenerationError(method.fullName, "its policy cannot be read")
  }
}
