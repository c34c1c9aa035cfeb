internal import CProtobufC
internal import MeshText

extension JSONParser {
  /// Reads the next value as one value of the field's type and stores it at `slot`.
  ///
  /// - Returns: False if the value is an unknown enum name and such are ignored.
  mutating func readValue(
    _ field: FieldDescriptor, into slot: UnsafeMutableRawPointer
  ) throws(ProtoError) -> Bool {
    switch field.kind {
    case .int32, .sint32, .sfixed32:
      slot.storeBytes(of: try integer("int32"), as: Int32.self)
    case .uint32, .fixed32: slot.storeBytes(of: try integer("uint32"), as: UInt32.self)
    case .int64, .sint64, .sfixed64:
      slot.storeBytes(of: try integer("int64"), as: Int64.self)
    case .uint64, .fixed64: slot.storeBytes(of: try integer("uint64"), as: UInt64.self)
    case .float: slot.storeBytes(of: try float(), as: Float.self)
    case .double: slot.storeBytes(of: try double(), as: Double.self)
    case .bool:
      try expect(.bool, "true or false")
      let value = try scan { scanner throws(JSONScanner.Failure) in try scanner.bool() }
      slot.storeBytes(of: value ? 1 : 0, as: Int32.self)
    case .enum:
      guard let number = try enumNumber(field) else { return false }
      slot.storeBytes(of: number, as: Int32.self)
    case .string: try store(text: try string(), into: slot)
    case .bytes:
      let text = try string("a base64 string")
      let decoded = text.withUnsafeBytes {
        Base64.decode($0, alphabet: .either, padding: .optional)
      }
      guard let bytes = decoded else { throw failure(.expected("a base64 string")) }
      try store(bytes: bytes, into: slot)
    case .message:
      guard let nested = field.nested else { return false }
      let message = try CMessage(nested, in: arena)
      slot.storeBytes(of: message.bytes, as: UnsafeMutableRawPointer.self)
      try readMessage(into: message)
    }
    return true
  }

  /// Stores a map's key, which JSON always writes as a string.
  func readKey(
    _ key: [UInt8], _ field: FieldDescriptor, into slot: UnsafeMutableRawPointer
  ) throws(ProtoError) {
    let text = String(decoding: key, as: UTF8.self)
    switch field.kind {
    case .string: try store(text: key, into: slot)
    case .bool:
      guard text == "true" || text == "false" else {
        throw failure(.expected("\"true\" or \"false\" as the key"))
      }
      slot.storeBytes(of: text == "true" ? 1 : 0, as: Int32.self)
    case .uint32, .fixed32: slot.storeBytes(of: try parse(text, "uint32"), as: UInt32.self)
    case .int64, .sint64, .sfixed64:
      slot.storeBytes(of: try parse(text, "int64"), as: Int64.self)
    case .uint64, .fixed64: slot.storeBytes(of: try parse(text, "uint64"), as: UInt64.self)
    default: slot.storeBytes(of: try parse(text, "int32"), as: Int32.self)
    }
  }

  /// Reads the next value as a string and returns its bytes.
  mutating func string(_ form: String = "a string") throws(ProtoError) -> [UInt8] {
    try expect(.string, form)
    return try scan { scanner throws(JSONScanner.Failure) in try scanner.string() }
  }

  /// Stores a C string at `slot`.
  ///
  /// - Throws: ``ProtoError/invalidString(path:)`` for U+0000.
  func store(text: [UInt8], into slot: UnsafeMutableRawPointer) throws(ProtoError) {
    if text.contains(0) { throw .invalidString(path: path.text) }
    guard let copy = arena.state.pointee.allocate(text.count + 1) else {
      throw .tooLarge(limit: ProtoArena.decodeLimit)
    }
    text.withUnsafeBytes { copy.copyMemory(from: $0, to: 0) }
    copy.storeBytes(of: 0, toByteOffset: text.count, as: UInt8.self)
    slot.storeBytes(of: copy, as: UnsafeMutableRawPointer.self)
  }

  func store(bytes: [UInt8], into slot: UnsafeMutableRawPointer) throws(ProtoError) {
    guard let copy = arena.state.pointee.allocate(bytes.count) else {
      throw .tooLarge(limit: ProtoArena.decodeLimit)
    }
    bytes.withUnsafeBytes { copy.copyMemory(from: $0, to: 0) }
    slot.storeBytes(
      of: ProtobufCBinaryData(
        len: bytes.count, data: copy.assumingMemoryBound(to: UInt8.self)),
      as: ProtobufCBinaryData.self)
  }

  /// The text of the next value: a number, or a string that holds one.
  private mutating func numberText(_ form: String) throws(ProtoError) -> String {
    switch try next() {
    case .number:
      return try scan { scanner throws(JSONScanner.Failure) in try scanner.number() }
    case .string: return String(decoding: try string(), as: UTF8.self)
    default: throw failure(.expected(form))
    }
  }

  private mutating func integer<T: FixedWidthInteger>(_ type: String) throws(ProtoError) -> T {
    try parse(try numberText("an integer"), type)
  }

  private func parse<T: FixedWidthInteger>(
    _ text: String, _ type: String
  ) throws(ProtoError) -> T {
    guard Self.isNumber(text) else { throw failure(.expected("an integer")) }
    if let value = T(text) { return value }
    // "1e3" and "2.0" are integers too; a value that is one but does not fit is out of range.
    guard let number = Double(text), number.rounded() == number else {
      throw failure(.expected("an integer"))
    }
    let isPlain = text.utf8.allSatisfy { $0 != 0x2E && $0 | 0x20 != 0x65 }
    guard !isPlain, let value = T(exactly: number) else { throw failure(.outOfRange(type)) }
    return value
  }

  private mutating func double() throws(ProtoError) -> Double {
    let text = try numberText("a number")
    if let special: Double = Self.special(text) { return special }
    guard Self.isNumber(text), let value = Double(text) else {
      throw failure(.expected("a number"))
    }
    guard value.isFinite else { throw failure(.outOfRange("double")) }
    return value
  }

  private mutating func float() throws(ProtoError) -> Float {
    let text = try numberText("a number")
    if let special: Float = Self.special(text) { return special }
    guard Self.isNumber(text), let value = Float(text) else {
      throw failure(.expected("a number"))
    }
    guard value.isFinite else { throw failure(.outOfRange("float")) }
    return value
  }

  private static func special<T: BinaryFloatingPoint>(_ text: String) -> T? {
    switch text {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: nil
    }
  }

  /// Whether Swift would read `text` as JSON does: no "+1", "0x10", "inf" or space.
  private static func isNumber(_ text: String) -> Bool {
    var utf8 = text.utf8[...]
    if utf8.first == UInt8(ascii: "-") { utf8.removeFirst() }
    guard let first = utf8.first, first &- 0x30 < 10 else { return false }
    return utf8.allSatisfy {
      $0 &- 0x30 < 10 || $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e")
        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+")
    }
  }

  private mutating func enumNumber(_ field: FieldDescriptor) throws(ProtoError) -> Int32? {
    guard let type = field.enumeration else { return nil }
    switch try next() {
    case .null where type.isNullValue:
      try scan { scanner throws(JSONScanner.Failure) in try scanner.literal("null") }
      return 0
    case .number: return try integer("int32") as Int32
    case .string:
      let name = String(decoding: try string(), as: UTF8.self)
      if let number = type.number(of: name) { return number }
      if options.ignoreUnknown { return nil }
      throw failure(.unknownEnumValue(name.excerpt))
    default: throw failure(.expected("the name of a value of \(type.name)"))
    }
  }
}

extension UnsafeMutableRawPointer {
  /// Copies `source` to here plus `offset`.
  fileprivate func copyMemory(from source: UnsafeRawBufferPointer, to offset: Int) {
    if let start = source.baseAddress {
      (self + offset).copyMemory(from: start, byteCount: source.count)
    }
  }
}
