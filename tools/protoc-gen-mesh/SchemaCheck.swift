/// Refuses what the runtime cannot carry, before anything is generated.
struct SchemaCheck {
  private let schema: Schema

  init(_ schema: Schema) { self.schema = schema }

  func run() throws(GenerationError) {
    for file in schema.filesToGenerate {
      guard file.syntax == "proto3" else {
        throw GenerationError(file.name, "is \(file.syntax); only proto3 is supported")
      }
      guard !file.package.isEmpty else {
        throw GenerationError(file.name, "has no package; every file needs one")
      }
      for message in file.messages { try check(message) }
    }
  }

  private func check(_ message: MessageSchema) throws(GenerationError) {
    for field in message.fields {
      let name = "\(message.fullName).\(field.name)"
      if field.isProto3Optional {
        throw GenerationError(name, "is optional; use a oneof or a message for presence")
      }
      if field.type == .group { throw GenerationError(name, "is a group; use a message") }
      if field.name == "self" {
        throw GenerationError(name, "cannot be expressed in Swift; rename it")
      }
      // The JSON mapping derives names at run time; C descriptors carry no other.
      guard field.jsonName == Self.jsonName(field.name) else {
        throw GenerationError(name, "has a json_name of its own, which is not supported")
      }
      try checkIsNoImitatedMap(field, name, in: message)
    }
    for nested in message.nested where !nested.isMapEntry { try check(nested) }
  }

  /// At run time a map is told by the name and shape of its entries, so nothing else may have them.
  private func checkIsNoImitatedMap(
    _ field: FieldSchema, _ name: String, in message: MessageSchema
  ) throws(GenerationError) {
    guard field.isRepeated, case .message(let type) = field.type,
      let entry = schema.messages[type], !entry.isMapEntry, entry.fields.count == 2,
      type == "\(message.fullName).\(SwiftNames.upperCamel(field.name))Entry"
    else { return }
    throw GenerationError(name, "looks like a map; use a map, or rename \(type)")
  }

  static func jsonName(_ name: String) -> String {
    var result = ""
    var raise = false
    for character in name {
      if character == "_" {
        raise = true
      } else {
        result += raise ? character.uppercased() : String(character)
        raise = false
      }
    }
    return result
  }
}
