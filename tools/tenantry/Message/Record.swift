import MeshProto

/// An encoded message, read field by field through its descriptor.
struct Record: Sendable {
  /// One value of a field.
  enum Value: Sendable {
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    case boolean(Bool)
    case enumeration(Int32)
    case text(String)
    case bytes([UInt8])
    case message(Record)
  }

  let type: MessageDescriptor
  /// The encoding, as it came.
  let encoded: [UInt8]
  private let values: [UInt32: [Value]]

  /// Reads `encoded`; what the descriptor does not know, and what follows a fault, is left out.
  init(_ encoded: [UInt8], _ type: MessageDescriptor) {
    self.type = type
    self.encoded = encoded
    let fields = Dictionary(uniqueKeysWithValues: type.fields.map { ($0.number, $0) })
    values = encoded.withUnsafeBytes { buffer in
      var values: [UInt32: [Value]] = [:]
      var reader = WireReader(buffer)
      while let (number, wireType) = reader.tag() {
        guard let field = fields[number] else {
          guard reader.skip(wireType) else { break }
          continue
        }
        guard let read = Self.read(field, wireType, &reader, buffer) else { break }
        if field.isRepeated { values[number, default: []] += read } else { values[number] = read }
      }
      return values
    }
  }

  /// The values of a field that came on the wire; none for one at its default.
  func values(_ field: FieldDescriptor) -> [Value] { values[field.number] ?? [] }

  /// The text of a field; empty where there is none.
  func text(_ name: String) -> String {
    guard let field = type.field(named: name), case .text(let text)? = values(field).last else {
      return ""
    }
    return text
  }

  /// The number of an integer or enum field; 0 where there is none.
  func integer(_ name: String) -> Int64 {
    guard let field = type.field(named: name) else { return 0 }
    switch values(field).last {
    case .integer(let number): return number
    case .enumeration(let number): return Int64(number)
    case .unsigned(let number): return Int64(clamping: number)
    default: return 0
    }
  }

  /// Whether a boolean field is true.
  func isTrue(_ name: String) -> Bool {
    guard let field = type.field(named: name), case .boolean(true)? = values(field).last else {
      return false
    }
    return true
  }

  /// The message of a field, or the messages of a repeated one.
  func records(_ name: String) -> [Record] {
    guard let field = type.field(named: name) else { return [] }
    return values(field).compactMap { value in
      if case .message(let record) = value { record } else { nil }
    }
  }

  /// The value or values that stand at the reader; nil for a fault.
  private static func read(
    _ field: FieldDescriptor, _ wireType: Int, _ reader: inout WireReader,
    _ buffer: UnsafeRawBufferPointer
  ) -> [Value]? {
    switch field.kind {
    case .string, .bytes, .message:
      guard wireType == 2, let content = reader.delimited() else { return nil }
      return [value(field, content)]
    default:
      guard wireType == 2 else {
        return scalar(field, wireType, &reader, buffer).map { [$0] }
      }
      // Packed: the values one behind the other.
      guard let content = reader.delimited() else { return nil }
      var values: [Value] = []
      var inner = WireReader(content)
      while inner.offset < content.count {
        guard let value = scalar(field, field.kind.wireType, &inner, content) else { return nil }
        values.append(value)
      }
      return values
    }
  }

  private static func value(_ field: FieldDescriptor, _ content: UnsafeRawBufferPointer) -> Value {
    switch field.kind {
    case .string: .text(String(decoding: content, as: UTF8.self))
    case .message:
      if let type = field.message {
        .message(Record(Array(content), type))
      } else {
        .bytes(Array(content))
      }
    default: .bytes(Array(content))
    }
  }

  private static func scalar(
    _ field: FieldDescriptor, _ wireType: Int, _ reader: inout WireReader,
    _ buffer: UnsafeRawBufferPointer
  ) -> Value? {
    let start = reader.offset
    var raw: UInt64 = 0
    if wireType == 0 {
      guard let varint = reader.varint() else { return nil }
      raw = varint
    } else {
      guard reader.skip(wireType) else { return nil }
      // Fixed widths are little-endian.
      for byte in buffer[start..<reader.offset].reversed() { raw = raw << 8 | UInt64(byte) }
    }
    switch field.kind {
    case .int32, .sfixed32: return .integer(Int64(Int32(truncatingIfNeeded: raw)))
    case .int64, .sfixed64: return .integer(Int64(bitPattern: raw))
    case .sint32, .sint64:
      return .integer(Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1))
    case .bool: return .boolean(raw != 0)
    case .enum: return .enumeration(Int32(truncatingIfNeeded: raw))
    case .float: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw))))
    case .double: return .number(Double(bitPattern: raw))
    default: return .unsigned(raw)
    }
  }
}

extension FieldKind {
  /// How a value is laid out on the wire.
  fileprivate var wireType: Int {
    switch self {
    case .fixed64, .sfixed64, .double: 1
    case .fixed32, .sfixed32, .float: 5
    default: 0
    }
  }
}
