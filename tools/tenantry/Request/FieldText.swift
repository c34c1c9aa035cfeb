import MeshProto

/// Turns what a person wrote for a field into the field's JSON form.
enum FieldText {
  /// The JSON of `text` for one value of the parameter's field.
  ///
  /// Throws a failure of usage that names the flag and what it takes.
  static func json(_ text: String, for parameter: Parameter) throws(Failure) -> String {
    guard let field = parameter.field else { return JSONText.string(text) }
    switch field.kind {
    case .string: return JSONText.string(text)
    case .bool:
      guard text == "true" || text == "false" else {
        throw refusal(text, parameter, "true or false")
      }
      return text
    case .enum:
      let names = field.enumeration.map { EnumNames($0) }
      guard let name = names?.full(text) else {
        throw refusal(text, parameter, "one of \(names?.choices.joined(separator: ", ") ?? "none")")
      }
      return JSONText.string(name)
    case .int32, .sint32, .sfixed32: return try number(Int32(text), text, parameter)
    case .int64, .sint64, .sfixed64: return try number(Int64(text), text, parameter)
    case .uint32, .fixed32: return try number(UInt32(text), text, parameter)
    case .uint64, .fixed64: return try number(UInt64(text), text, parameter)
    case .float, .double:
      guard let value = Double(text), value.isFinite else {
        throw refusal(text, parameter, "a number")
      }
      return "\(value)"
    case .bytes: return JSONText.string(text)
    case .message: return try message(text, field, parameter)
    }
  }

  private static func number<Number: FixedWidthInteger>(
    _ value: Number?, _ text: String, _ parameter: Parameter
  ) throws(Failure) -> String {
    guard let value else {
      throw refusal(text, parameter, "a whole number from \(Number.min) to \(Number.max)")
    }
    return "\(value)"
  }

  private static func message(
    _ text: String, _ field: FieldDescriptor, _ parameter: Parameter
  ) throws(Failure) -> String {
    guard let type = field.message else { return text }
    switch type.name {
    case "google.protobuf.Duration":
      guard let milliseconds = DurationText.milliseconds(text) else {
        throw refusal(text, parameter, "a length of time such as 30d, 12h or 1h30m")
      }
      let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
      let fraction = rest == 0 ? "" : "." + String(String(1000 + rest).dropFirst())
      return JSONText.string("\(seconds)\(fraction)s")
    case "google.protobuf.Timestamp":
      let json = JSONText.string(text)
      guard isValid(json, type) else {
        throw refusal(text, parameter, "a time such as 2026-11-20T11:00:00Z (RFC 3339)")
      }
      return json
    default:
      guard isValid(text, type) else {
        throw refusal(text, parameter, "JSON of a \(type.shortName)")
      }
      return text
    }
  }

  private static func isValid(_ json: String, _ type: MessageDescriptor) -> Bool {
    // Only whether it can be read matters here.
    (try? RequestDraft.bytes(json, type)) != nil
  }

  private static func refusal(_ text: String, _ parameter: Parameter, _ form: String) -> Failure {
    .usage("\(parameter.label) takes \(form), not \"\(text)\"")
  }
}
