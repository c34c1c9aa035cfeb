/// The expressions that turn one value from C to Swift and back.
struct ValueCode {
  let type: FieldType
  /// The Swift type of the value.
  let swiftType: String

  /// Reads the C expression; nil values of messages are left to the caller.
  func read(_ c: String) -> String {
    switch type {
    case .string: "try ProtoReader.string(\(c))"
    case .bytes: "ProtoReader.bytes(\(c).data, \(c).len)"
    case .bool: "\(c) != 0"
    case .enum: "\(swiftType)(rawValue: Int32(truncatingIfNeeded: \(c).rawValue))"
    case .message: "try ProtoReader.message(\(c))"
    default: c
    }
  }

  /// Reads the C array of `count` elements.
  func readArray(_ c: String, _ count: String) -> String {
    switch type {
    case .string: "try ProtoReader.strings(\(c), \(count))"
    case .bytes: "ProtoReader.byteStrings(\(c), \(count))"
    case .bool: "ProtoReader.booleans(\(c), \(count))"
    case .enum: "ProtoReader.enums(\(c), \(count))"
    case .message: "try ProtoReader.messages(\(c), \(count))"
    default: "ProtoReader.scalars(\(c), \(count))"
    }
  }

  /// The statements that store the Swift expression.
  func write(_ value: String, to c: String) -> [String] {
    switch type {
    case .string: ["\(c) = arena.string(\(value))"]
    case .bytes: ["\(c).len = \(value).count", "\(c).data = arena.bytes(\(value))"]
    case .bool: ["\(c) = \(value) ? 1 : 0"]
    case .enum(let name):
      ["\(c) = \(CNames.type(name))(rawValue: .init(truncatingIfNeeded: \(value).rawValue))"]
    case .message(let name):
      ["\(c) = \(value).write(into: arena).assumingMemoryBound(to: \(CNames.type(name)).self)"]
    default: ["\(c) = \(value)"]
    }
  }

  /// The statement that has -0 sent, where the C struct's field can hold one and is no member of a
  /// oneof.
  func keepSign(_ value: String, number: Int32, of c: String) -> [String] {
    switch type {
    case .double, .float: ["arena.keepSign(of: \(value), \(number), in: \(c))"]
    default: []
    }
  }

  /// The C array that holds the elements of the Swift array.
  func writeArray(_ value: String) -> String {
    switch type {
    case .string: "arena.strings(\(value))"
    case .bytes: "arena.byteStrings(\(value)).assumingMemoryBound(to: ProtobufCBinaryData.self)"
    case .bool: "arena.booleans(\(value))"
    case .enum(let name):
      "arena.enums(\(value)).assumingMemoryBound(to: \(CNames.type(name)).self)"
    case .message(let name):
      "arena.messages(\(value))"
        + ".assumingMemoryBound(to: UnsafeMutablePointer<\(CNames.type(name))>?.self)"
    default: "arena.scalars(\(value))"
    }
  }

  /// The condition under which a singular field is not at its default; nil: it costs nothing to
  /// store it anyway.
  func isSet(_ value: String) -> String? {
    switch type {
    case .string, .bytes: "!\(value).isEmpty"
    default: nil
    }
  }
}
