@testable import ProtocGenMesh

/// A schema of one file to try the generator on.
enum Schemas {
  static func file(
    package: String = "tenantry.test.v1", messages: [MessageSchema] = [],
    enums: [EnumSchema] = [], services: [ServiceSchema] = [], syntax: String = "proto3"
  ) -> Schema {
    let file = FileSchema(
      name: "test.proto", package: package, syntax: syntax, messages: messages, enums: enums,
      services: services, extensions: [])
    return Schema(files: [policyFile, file], generate: ["test.proto"], parameter: "")
  }

  static func message(
    _ name: String, package: String = "tenantry.test.v1", _ fields: [FieldSchema] = [],
    nested: [MessageSchema] = []
  ) -> MessageSchema {
    MessageSchema(
      fullName: "\(package).\(name)", name: name.split(separator: ".").last.map(String.init) ?? "",
      package: package, comment: "", fields: fields, oneofs: [], nested: nested, enums: [],
      isMapEntry: false)
  }

  static func field(
    _ name: String, _ number: Int32 = 1, _ type: FieldType = .string, isRepeated: Bool = false
  ) -> FieldSchema {
    FieldSchema(
      name: name, number: number, type: type, isRepeated: isRepeated, oneof: nil,
      isProto3Optional: false, jsonName: SchemaCheck.jsonName(name), comment: "")
  }

  static func service(
    package: String = "tenantry.test.v1", options: [OptionValue] = []
  ) -> ServiceSchema {
    ServiceSchema(
      fullName: "\(package).ThingService", name: "ThingService", comment: "",
      methods: [
        MethodSchema(
          fullName: "\(package).ThingService.GetThing", name: "GetThing",
          comment: " Finds\n a thing.\n", input: "\(package).Thing", output: "\(package).Thing",
          streamsRequests: false, streamsResponses: false, options: options)
      ])
  }

  /// `{ plane: PLANE_OPERATOR permission: "things.\"read\"" }` as option 50801.
  static let policy = OptionValue(
    number: 50801, wireType: 2, bytes: [17, 8, 1, 18, 13] + Array(#"things."read""#.utf8))

  private static let policyFile = FileSchema(
    name: "policy.proto", package: "tenantry.options.v1", syntax: "proto3",
    messages: [
      message(
        "Policy", package: "tenantry.options.v1",
        [
          field("plane", 1, .enum("tenantry.options.v1.Plane")), field("permission", 2),
          field("reason_required", 3, .bool),
        ])
    ],
    enums: [
      EnumSchema(
        fullName: "tenantry.options.v1.Plane", name: "Plane", package: "tenantry.options.v1",
        comment: "",
        values: [
          EnumValueSchema(name: "PLANE_UNSPECIFIED", number: 0, comment: ""),
          EnumValueSchema(name: "PLANE_OPERATOR", number: 1, comment: ""),
        ])
    ],
    services: [],
    extensions: [
      ExtensionSchema(
        fullName: "tenantry.options.v1.policy", number: 50801,
        extends: "google.protobuf.MethodOptions", type: .message("tenantry.options.v1.Policy"))
    ])
}
