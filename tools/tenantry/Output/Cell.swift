import MeshProto

/// A value as people read it: a text without line breaks, and what its colour says.
struct Cell: Sendable, Equatable {
  let text: String
  var tone = Style.Tone.plain

  /// What a field of `record` shows; an empty text where there is nothing to show.
  init(_ field: FieldDescriptor, of record: Record) {
    let values = record.values(field)
    switch field.kind {
    case .bool where !field.isRepeated:
      if case .boolean(true)? = values.last { text = "yes" } else { text = "no" }
    case .enum:
      let names = field.enumeration.map { EnumNames($0) }
      // A field at its default is not on the wire, and 0 may have a meaning.
      let numbers = values.isEmpty && !field.isRepeated ? [.enumeration(0)] : values
      text = numbers.compactMap { value in
        if case .enumeration(let number) = value { names?.short(number) } else { nil }
      }.joined(separator: ", ")
      tone = Self.tone(of: text)
    case .string, .bytes, .message:
      text = values.map { Self.text($0) }.filter { !$0.isEmpty }.joined(separator: ", ")
    default:
      text =
        values.isEmpty && !field.isRepeated
        ? "0" : values.map { Self.text($0) }.joined(separator: ", ")
    }
  }

  init(_ text: String, _ tone: Style.Tone = .plain) {
    self.text = VisibleText.harmless(text)
    self.tone = tone
  }

  private static func text(_ value: Record.Value) -> String {
    switch value {
    case .integer(let number): String(number)
    case .unsigned(let number): String(number)
    case .number(let number): "\(number)"
    case .boolean(let value): value ? "yes" : "no"
    case .enumeration(let number): String(number)
    case .text(let text): VisibleText.harmless(text)
    case .bytes(let bytes):
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    case .message(let record): text(record)
    }
  }

  private static func text(_ record: Record) -> String {
    switch record.type.name {
    case "google.protobuf.Timestamp": LocalTime.text(seconds: record.integer("seconds"))
    case "google.protobuf.Duration":
      DurationText.text(
        seconds: record.integer("seconds"), nanoseconds: record.integer("nanos"))
    case "tenantry.events.v1.Detail":
      VisibleText.harmless("\(record.text("name"))=\(record.text("value"))")
    default:
      record.type.fields.map { Cell($0, of: record).text }.filter { !$0.isEmpty }
        .joined(separator: " ")
    }
  }

  /// States that are as they should be, that will pass, and that somebody should look at.
  private static func tone(of name: String) -> Style.Tone {
    switch name {
    case "active", "serving": .good
    case "trial", "offboarding", "degraded", "drain": .notice
    case "suspended", "offboarded", "not-serving", "unreachable": .bad
    default: .plain
    }
  }
}
