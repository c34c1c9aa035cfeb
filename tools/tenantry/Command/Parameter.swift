import MeshAPI
import MeshProto

/// One thing that a command can be told: a flag, or an argument at its place.
struct Parameter: Sendable {
  /// What is written behind it.
  enum Value: Sendable, Equatable {
    /// Nothing: it is a switch.
    case none
    /// A text; the placeholder stands for it in help.
    case text(String)
    /// One of these words.
    case choice([String])
  }

  /// Without dashes, for example `display-name`.
  let name: String
  /// The letter that may stand for the name.
  var short: Character?
  var value: Value
  /// One or more sentences; empty where the contract says nothing.
  var help = ""
  var isRequired = false
  var isRepeated = false
  /// It stands at its place, without a name.
  var isArgument = false
  /// What of the request it fills; nil for what the program itself understands.
  var field: FieldDescriptor?

  /// How it is called in messages and help.
  var label: String { isArgument ? "<\(name)>" : "--\(name)" }

  /// What help shows in place of the value.
  var placeholder: String {
    switch value {
    case .none: ""
    case .text(let placeholder): placeholder
    case .choice(let words): words.joined(separator: "|")
    }
  }
}

extension Parameter {
  /// The parameter that fills `field` of `message`.
  init(
    _ field: FieldDescriptor, of message: MessageDescriptor, isRequired: Bool = false,
    isArgument: Bool = false
  ) {
    let comment = SchemaComments.byName["\(message.name).\(field.name)"] ?? ""
    self.init(
      name: Self.name(of: field, in: message), value: Self.value(of: field),
      help: comment.replacing(" Required.", with: "").replacing("Required.", with: ""),
      isRequired: isRequired || comment.contains("Required."), isRepeated: field.isRepeated,
      isArgument: isArgument, field: field)
  }

  /// `app_id` is `app`, unless the message has a field `app` too; `display_name` is `display-name`.
  private static func name(of field: FieldDescriptor, in message: MessageDescriptor) -> String {
    var name = field.name
    if name.hasSuffix("_id"), message.field(named: String(name.dropLast(3))) == nil {
      name.removeLast(3)
    }
    return name.replacing("_", with: "-")
  }

  private static func value(of field: FieldDescriptor) -> Value {
    switch field.kind {
    case .bool: return .none
    case .enum:
      return .choice(field.enumeration.map { EnumNames($0).choices } ?? [])
    case .message:
      switch field.message?.name {
      case "google.protobuf.Timestamp": return .text("TIME")
      case "google.protobuf.Duration": return .text("DURATION")
      default: return .text("JSON")
      }
    case .bytes: return .text("BASE64")
    case .string:
      return .text(field.name.hasSuffix("_id") ? "ID" : "TEXT")
    default: return .text("NUMBER")
    }
  }
}
