internal import MeshText

/// Prints a C struct of a message as canonical proto3 JSON, by its descriptors.
struct JSONPrinter {
  private let options: JSONOptions
  var writer: JSONWriter
  private(set) var path = FieldPath()
  private var depth = 0

  private init(_ options: JSONOptions) {
    self.options = options
    writer = JSONWriter(pretty: options.pretty)
  }

  static func render(_ message: CMessage, _ options: JSONOptions) throws(ProtoError) -> [UInt8] {
    var printer = JSONPrinter(options)
    try printer.writeMessage(message)
    if options.pretty { return printer.writer.bytes + [UInt8(ascii: "\n")] }
    return printer.writer.bytes
  }

  mutating func writeMessage(_ message: CMessage) throws(ProtoError) {
    guard depth < options.maxDepth else { throw .tooDeep(limit: options.maxDepth) }
    depth += 1
    defer { depth -= 1 }
    if let type = WellKnownType(message.descriptor) {
      try writeWellKnown(message, as: type)
    } else {
      writer.open("{")
      try writeFields(message)
      writer.close("}")
    }
  }

  mutating func writeFields(_ message: CMessage) throws(ProtoError) {
    for index in 0..<message.fieldCount {
      let field = message.field(at: index)
      guard prints(field, of: message) else { continue }
      writer.key(field)
      path.push(field)
      try writeField(field, of: message)
      path.pop()
    }
  }

  /// Prints a field's value: an object for a map, an array if repeated.
  mutating func writeField(_ field: FieldDescriptor, of message: CMessage) throws(ProtoError) {
    guard field.isRepeated else {
      return try writeValue(field, message.slot(field))
    }
    if field.isMap {
      writer.open("{")
      for (name, entry) in try entries(of: field, in: message) { try writeEntry(name, entry) }
      writer.close("}")
    } else {
      writer.open("[")
      for index in 0..<message.count(field) {
        path.push(index: index)
        if let slot = message.element(field, index) { try writeValue(field, slot) }
        path.pop()
      }
      writer.close("]")
    }
  }

  /// Prints the one value at `slot`.
  mutating func writeValue(_ field: FieldDescriptor, _ slot: UnsafeRawPointer) throws(ProtoError) {
    switch field.kind {
    case .int32, .sint32, .sfixed32: writer.literal(String(slot.load(as: Int32.self)))
    case .uint32, .fixed32: writer.literal(String(slot.load(as: UInt32.self)))
    case .int64, .sint64, .sfixed64: writer.quoted(String(slot.load(as: Int64.self)).utf8)
    case .uint64, .fixed64: writer.quoted(String(slot.load(as: UInt64.self)).utf8)
    case .float: writeNumber(slot.load(as: Float.self))
    case .double: writeNumber(slot.load(as: Double.self))
    case .bool: writer.literal(slot.load(as: Int32.self) != 0 ? "true" : "false")
    case .enum: writeEnum(field, slot.load(as: Int32.self))
    case .string: writer.string(try text(slot))
    case .bytes: writer.quoted(Base64.encode(bytes(slot)).utf8)
    case .message:
      guard let nested = slot.load(as: UnsafeRawPointer?.self) else {
        // Only a map's value can be absent here: it stands for an empty message.
        writer.open("{")
        return writer.close("}")
      }
      try writeMessage(CMessage(nested))
    }
  }

  /// The text of the string at `slot`.
  func text(_ slot: UnsafeRawPointer) throws(ProtoError) -> String {
    do throws(ProtoError) {
      return try ProtoReader.string(slot.load(as: UnsafePointer<CChar>?.self))
    } catch {
      throw .invalidString(path: path.text)
    }
  }

  func bytes(_ slot: UnsafeRawPointer) -> UnsafeRawBufferPointer {
    let count = slot.load(as: Int.self)
    let start = slot.load(fromByteOffset: 8, as: UnsafeRawPointer?.self)
    return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
  }

  /// Prints the message inside an `Any`: its type's URL and then its fields, or its special form
  /// as `value`.
  mutating func writeAny(_ message: CMessage) throws(ProtoError) {
    guard let urlField = message.field(number: 1), let valueField = message.field(number: 2)
    else { return }
    let url = try text(message.slot(urlField))
    let encoded = bytes(message.slot(valueField))
    writer.open("{")
    if !url.isEmpty || !encoded.isEmpty {
      guard let type = options.types.type(at: url) else {
        throw .unknownType(path: path.text, url: url.excerpt)
      }
      let nested = CMessage(try ProtoArena.current.unpack(encoded, type))
      writer.key("@type")
      writer.string(url)
      if WellKnownType(type.c) != nil {
        writer.key("value")
        try writeMessage(nested)
      } else {
        try writeFields(nested)
      }
    }
    writer.close("}")
  }

  private func prints(_ field: FieldDescriptor, of message: CMessage) -> Bool {
    if field.isRepeated { return options.includeDefaults || message.count(field) > 0 }
    if message.isSet(field) { return true }
    return options.includeDefaults && !field.isOneofMember && field.kind != .message
  }

  /// A map's entries with the texts of their keys; of several with one key the last one counts.
  private func entries(
    of field: FieldDescriptor, in message: CMessage
  ) throws(ProtoError) -> [(key: String, entry: CMessage)] {
    var entries: [(key: String, entry: CMessage)] = []
    var places: [String: Int] = [:]
    for index in 0..<message.count(field) {
      guard let raw = message.element(field, index)?.load(as: UnsafeRawPointer?.self) else {
        continue
      }
      let entry = CMessage(raw)
      let key = try key(of: entry)
      if let place = places[key] {
        entries[place].entry = entry
      } else {
        places[key] = entries.count
        entries.append((key, entry))
      }
    }
    return entries
  }

  private func key(of entry: CMessage) throws(ProtoError) -> String {
    let field = entry.field(at: 0)
    let slot = entry.slot(field)
    return switch field.kind {
    case .string: try text(slot)
    case .bool: slot.load(as: Int32.self) != 0 ? "true" : "false"
    case .uint32, .fixed32: String(slot.load(as: UInt32.self))
    case .int64, .sint64, .sfixed64: String(slot.load(as: Int64.self))
    case .uint64, .fixed64: String(slot.load(as: UInt64.self))
    default: String(slot.load(as: Int32.self))
    }
  }

  private mutating func writeEntry(_ key: String, _ entry: CMessage) throws(ProtoError) {
    writer.key(key)
    path.push(key: key)
    let value = entry.field(at: 1)
    try writeValue(value, entry.slot(value))
    path.pop()
  }

  private mutating func writeEnum(_ field: FieldDescriptor, _ number: Int32) {
    guard let type = field.enumeration else { return writer.literal(String(number)) }
    if type.isNullValue { return writer.literal("null") }
    if let name = type.name(of: number) {
      writer.quoted(name.utf8)
    } else {
      writer.literal(String(number))
    }
  }

  private mutating func writeNumber<T: BinaryFloatingPoint & CustomStringConvertible>(_ value: T) {
    if value.isNaN {
      writer.quoted("NaN".utf8)
    } else if value.isInfinite {
      writer.quoted((value < 0 ? "-Infinity" : "Infinity").utf8)
    } else {
      writer.literal(value.description)
    }
  }
}
