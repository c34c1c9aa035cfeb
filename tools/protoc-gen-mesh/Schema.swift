/// Everything protoc told us about the files, in Swift terms.
struct Schema {
  /// All files, those that are only imported included, each after its imports.
  var files: [FileSchema]
  /// The names of the files to generate for.
  var generate: [String]
  /// What was given with `--mesh_opt`.
  var parameter: String

  /// All messages, nested ones included, by full name.
  let messages: [String: MessageSchema]
  /// All enums, nested ones included, by full name.
  let enums: [String: EnumSchema]

  init(files: [FileSchema], generate: [String], parameter: String) {
    self.files = files
    self.generate = generate
    self.parameter = parameter
    var messages: [String: MessageSchema] = [:]
    var enums: [String: EnumSchema] = [:]
    func add(_ message: MessageSchema) {
      messages[message.fullName] = message
      for type in message.enums { enums[type.fullName] = type }
      message.nested.forEach(add)
    }
    for file in files {
      file.messages.forEach(add)
      for type in file.enums { enums[type.fullName] = type }
    }
    self.messages = messages
    self.enums = enums
  }

  /// The files to generate for.
  var filesToGenerate: [FileSchema] { files.filter { generate.contains($0.name) } }
}

struct FileSchema {
  /// The path below the import root, for example "tenantry/tenants/v1/tenants.proto".
  var name: String
  var package: String
  var syntax: String
  var messages: [MessageSchema]
  var enums: [EnumSchema]
  var services: [ServiceSchema]
  var extensions: [ExtensionSchema]
  /// The file's `FileDescriptorProto` as protoc encoded it, without its comments and places.
  var encoded: [UInt8] = []
}

struct MessageSchema {
  /// Without a leading dot, for example "tenantry.tenants.v1.Tenant".
  var fullName: String
  var name: String
  var package: String
  var comment: String
  var fields: [FieldSchema]
  var oneofs: [OneofSchema]
  var nested: [MessageSchema]
  var enums: [EnumSchema]
  var isMapEntry: Bool
}

struct FieldSchema {
  var name: String
  var number: Int32
  var type: FieldType
  var isRepeated: Bool
  /// The index of its oneof among the message's.
  var oneof: Int?
  var isProto3Optional: Bool
  var jsonName: String
  var comment: String
}

enum FieldType: Equatable {
  case double, float, int64, uint64, int32, fixed64, fixed32, bool, string, bytes, uint32
  case sfixed32, sfixed64, sint32, sint64
  case group
  /// A message, by its full name.
  case message(String)
  /// An enum, by its full name.
  case `enum`(String)
}

struct OneofSchema {
  var name: String
  var comment: String
}

struct EnumSchema {
  var fullName: String
  var name: String
  var package: String
  var comment: String
  var values: [EnumValueSchema]
}

struct EnumValueSchema {
  var name: String
  var number: Int32
  var comment: String
}

struct ExtensionSchema {
  var fullName: String
  var number: Int32
  /// The full name of the message that it extends.
  var extends: String
  var type: FieldType
}

struct ServiceSchema {
  var fullName: String
  var name: String
  var comment: String
  var methods: [MethodSchema]
}

struct MethodSchema {
  var fullName: String
  var name: String
  var comment: String
  /// The full names of the messages.
  var input: String
  var output: String
  var streamsRequests: Bool
  var streamsResponses: Bool
  /// The encoding of the options that protoc itself does not know, by field number.
  var options: [OptionValue]
}

/// One value of an option that is an extension.
struct OptionValue: Equatable {
  var number: UInt32
  var wireType: UInt32
  /// The value as it stands on the wire, after its tag.
  var bytes: [UInt8]
}
