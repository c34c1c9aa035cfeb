/// A field of a message, with all that its Swift and C code needs to name.
struct FieldPlan {
  enum Shape {
    case singular
    case repeated
    /// The entry's C struct and its two fields.
    case map(entry: MessageSchema, key: FieldType, value: FieldType)
  }

  let field: FieldSchema
  let shape: Shape
  /// The property, for example `tenantID`.
  let property: String
  /// The type of one value.
  let valueType: String
  /// The message would contain itself.
  let isBoxed: Bool
  /// An enum field's default: the case of number 0.
  let zeroCase: String

  /// The property, where a parameter or variable may have the same name.
  var access: String { "self.\(property)" }
  /// The field of the C struct.
  var c: String { "c.pointee.\(CNames.field(field.name))" }
  var cCount: String { "c.pointee.\(CNames.count(field.name))" }

  /// The property's type.
  var type: String {
    switch shape {
    case .map(_, let key, _): "[\(Self.scalarType(key)): \(valueType)]"
    case .repeated: "[\(valueType)]"
    case .singular:
      if case .message = field.type { valueType + "?" } else { valueType }
    }
  }

  var defaultValue: String {
    switch shape {
    case .map: return "[:]"
    case .repeated: return "[]"
    case .singular: break
    }
    return switch field.type {
    case .message: "nil"
    case .enum: zeroCase
    case .string: "\"\""
    case .bytes: "[]"
    case .bool: "false"
    default: "0"
    }
  }

  /// The Swift type of a key or a number.
  static func scalarType(_ type: FieldType) -> String {
    switch type {
    case .double: "Double"
    case .float: "Float"
    case .int64, .sfixed64, .sint64: "Int64"
    case .uint64, .fixed64: "UInt64"
    case .int32, .sfixed32, .sint32: "Int32"
    case .uint32, .fixed32: "UInt32"
    case .bool: "Bool"
    case .bytes: "[UInt8]"
    case .string, .group, .message, .enum: "String"
    }
  }
}

/// Plans fields against the whole schema.
struct FieldPlanner {
  let schema: Schema
  let graph: TypeGraph

  init(_ schema: Schema) {
    self.schema = schema
    graph = TypeGraph(schema)
  }

  func plan(_ field: FieldSchema, of message: MessageSchema) throws(GenerationError) -> FieldPlan {
    var shape = field.isRepeated ? FieldPlan.Shape.repeated : .singular
    var type = field.type
    var isBoxed = false
    if case .message(let name) = field.type {
      if let entry = schema.messages[name], entry.isMapEntry, entry.fields.count == 2 {
        shape = .map(entry: entry, key: entry.fields[0].type, value: entry.fields[1].type)
        type = entry.fields[1].type
      } else if !field.isRepeated {
        isBoxed = graph.contains(name, message.fullName)
      }
    }
    return FieldPlan(
      field: field, shape: shape, property: SwiftNames.member(field.name),
      valueType: try swiftType(type), isBoxed: isBoxed,
      zeroCase: zeroCase(type))
  }

  private func zeroCase(_ type: FieldType) -> String {
    guard case .enum(let name) = type, let enumeration = schema.enums[name],
      let index = enumeration.values.firstIndex(where: { $0.number == 0 })
    else { return "" }
    return "." + SwiftNames.cases(enumeration)[index]
  }

  /// The Swift type of a single value.
  func swiftType(_ type: FieldType) throws(GenerationError) -> String {
    switch type {
    case .message(let name):
      guard let message = schema.messages[name] else {
        throw GenerationError(name, "is used but not declared in any file that was given")
      }
      return SwiftNames.qualified(name, package: message.package)
    case .enum(let name):
      guard let enumeration = schema.enums[name] else {
        throw GenerationError(name, "is used but not declared in any file that was given")
      }
      return SwiftNames.qualified(name, package: enumeration.package, isEnum: true)
    default: return FieldPlan.scalarType(type)
    }
  }
}
