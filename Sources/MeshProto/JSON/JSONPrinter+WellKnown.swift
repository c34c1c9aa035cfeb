extension JSONPrinter {
  /// Prints a message that has a JSON form of its own.
  mutating func writeWellKnown(_ message: CMessage, as type: WellKnownType) throws(ProtoError) {
    switch type {
    case .any: try writeAny(message)
    case .timestamp:
      let (seconds, nanos) = secondsAndNanos(message)
      guard let text = TimeText.timestamp(seconds: seconds, nanos: nanos) else {
        throw .unrepresentable(path: path.text, "the timestamp is outside years 1 to 9999")
      }
      writer.quoted(text.utf8)
    case .duration:
      let (seconds, nanos) = secondsAndNanos(message)
      guard let text = TimeText.duration(seconds: seconds, nanos: nanos) else {
        throw .unrepresentable(path: path.text, "the duration is longer than 10000 years")
      }
      writer.quoted(text.utf8)
    case .fieldMask: try writeFieldMask(message)
    case .struct, .listValue, .wrapper:
      // Each has one field: the map, the list, the value.
      try writeField(message.field(at: 0), of: message)
    case .value: try writeDynamicValue(message)
    }
  }

  private func secondsAndNanos(_ message: CMessage) -> (Int64, Int32) {
    (
      message.slot(message.field(at: 0)).load(as: Int64.self),
      message.slot(message.field(at: 1)).load(as: Int32.self)
    )
  }

  private mutating func writeDynamicValue(_ message: CMessage) throws(ProtoError) {
    for index in 0..<message.fieldCount {
      let field = message.field(at: index)
      guard message.isSet(field) else { continue }
      if field.kind == .double, !message.slot(field).load(as: Double.self).isFinite {
        throw .unrepresentable(path: path.text, "JSON has no number for infinity or NaN")
      }
      return try writeField(field, of: message)
    }
    writer.literal("null")
  }

  private mutating func writeFieldMask(_ message: CMessage) throws(ProtoError) {
    let paths = message.field(at: 0)
    var names: [String] = []
    for index in 0..<message.count(paths) {
      guard let slot = message.element(paths, index) else { continue }
      let name = try text(slot)
      guard let jsonName = FieldMaskText.jsonName(name) else {
        throw .unrepresentable(path: path.text, "the path \"\(name)\" has no JSON name")
      }
      names.append(jsonName)
    }
    writer.string(names.joined(separator: ","))
  }
}
