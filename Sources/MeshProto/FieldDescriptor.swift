internal import CProtobufC
internal import Glibc

/// The type of a field's values; the order is that of protobuf-c's `ProtobufCType`.
package enum FieldKind: UInt32, Sendable {
  case int32, sint32, sfixed32, int64, sint64, sfixed64, uint32, fixed32, uint64, fixed64
  case float, double, bool, `enum`, string, bytes, message

  /// How many bytes one value takes in a C struct.
  var size: Int {
    switch self {
    case .int32, .sint32, .sfixed32, .uint32, .fixed32, .float, .bool, .enum: 4
    case .int64, .sint64, .sfixed64, .uint64, .fixed64, .double, .string, .message: 8
    case .bytes: MemoryLayout<ProtobufCBinaryData>.size
    }
  }
}

/// One field of a message type.
package struct FieldDescriptor: @unchecked Sendable {
  // Unchecked for the same reason as MessageDescriptor: constants of the program.
  let c: UnsafePointer<ProtobufCFieldDescriptor>
  let parent: UnsafePointer<ProtobufCMessageDescriptor>

  /// The name in the schema, for example "display_name".
  package var name: String { String(cString: c.pointee.name) }

  /// The name in JSON, for example "displayName".
  package var jsonName: String {
    var bytes: [UInt8] = []
    appendJSONName(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The number on the wire.
  package var number: UInt32 { c.pointee.id }

  /// The type of a value, or of one element of a repeated field.
  package var kind: FieldKind {
    guard let kind = FieldKind(rawValue: UInt32(c.pointee.type.rawValue)) else {
      preconditionFailure("protobuf-c has a type that this code does not know")
    }
    return kind
  }

  /// The field holds any number of values; a map is a repeated field of entries.
  package var isRepeated: Bool { c.pointee.label == PROTOBUF_C_LABEL_REPEATED }

  /// The field excludes others of its oneof.
  package var isOneofMember: Bool {
    c.pointee.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
  }

  /// The field is a map: its message has a `key` and a `value`.
  ///
  /// protobuf-c does not say so itself; protoc names an entry after its field, and our generator
  /// refuses a hand-written message of that shape.
  package var isMap: Bool {
    guard isRepeated, kind == .message, let entry = nested, entry.pointee.n_fields == 2 else {
      return false
    }
    return MapEntry.isNamed(entry.pointee.name, in: parent.pointee.name, for: c.pointee.name)
  }

  /// The type of a message field; nil for other kinds.
  package var message: MessageDescriptor? { nested.map { MessageDescriptor($0) } }

  /// The type of an enum field; nil for other kinds.
  package var enumeration: EnumDescriptor? {
    guard kind == .enum, let values = c.pointee.descriptor else { return nil }
    return EnumDescriptor(values)
  }

  /// The type of a message field; nil for other kinds.
  var nested: UnsafePointer<ProtobufCMessageDescriptor>? {
    guard kind == .message else { return nil }
    return c.pointee.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
  }

  /// Appends the name in JSON: underscores go, and the letter after one is a capital.
  func appendJSONName(to bytes: inout [UInt8]) {
    var name = UnsafeRawPointer(c.pointee.name).assumingMemoryBound(to: UInt8.self)
    var raise = false
    while name.pointee != 0 {
      let byte = name.pointee
      if byte == UInt8(ascii: "_") {
        raise = true
      } else {
        let isLower = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        bytes.append(raise && isLower ? byte - 32 : byte)
        raise = false
      }
      name += 1
    }
  }

  /// Whether `text` is the field's name in JSON or in the schema.
  func isNamed(_ text: [UInt8]) -> Bool {
    var json: [UInt8] = []
    appendJSONName(to: &json)
    return json == text || name.utf8.elementsEqual(text)
  }
}

/// How protoc names the hidden message of a map's entries.
private enum MapEntry {
  /// Whether `entry` is `<parent>.<Field>Entry`.
  static func isNamed(
    _ entry: UnsafePointer<CChar>, in parent: UnsafePointer<CChar>, for field: UnsafePointer<CChar>
  ) -> Bool {
    let length = strlen(parent)
    guard strncmp(entry, parent, length) == 0, entry[length] == CChar(ascii: ".") else {
      return false
    }
    var rest = entry + length + 1
    var field = field
    var raise = true
    while field.pointee != 0 {
      defer { field += 1 }
      guard field.pointee != CChar(ascii: "_") else {
        raise = true
        continue
      }
      let expected = raise ? CChar(toupper(Int32(field.pointee))) : field.pointee
      guard rest.pointee == expected else { return false }
      rest += 1
      raise = false
    }
    return strcmp(rest, "Entry") == 0
  }
}

extension CChar {
  fileprivate init(ascii: Unicode.Scalar) { self = CChar(bitPattern: UInt8(ascii: ascii)) }
}
