/// Why a message could not be read or written.
package enum ProtoError: Error, Sendable, Equatable {
  /// The bytes are not a valid encoding of the named message.
  case malformed(message: String)
  /// A string field is not UTF-8, or holds U+0000, which a C string cannot carry.
  case invalidString(path: String)
  /// The message needs more memory, or is longer, than `limit` bytes.
  case tooLarge(limit: Int)
  /// Messages or JSON values are nested more than `limit` deep.
  case tooDeep(limit: Int)
  /// The text at `path` is not what the field asks for; the path is empty at the top.
  case json(path: String, JSONProblem)
  /// A `google.protobuf.Any` names a type that this process does not know.
  case unknownType(path: String, url: String)
  /// A value at `path` has no JSON form, for example a timestamp of the year 20000.
  case unrepresentable(path: String, String)
}

/// What is wrong with one JSON value.
package enum JSONProblem: Sendable, Equatable {
  /// The text is not JSON at this byte offset.
  case syntax(offset: Int)
  /// The value has another form than the field needs, for example "a string".
  case expected(String)
  /// A number is outside the range of the named type.
  case outOfRange(String)
  /// The message has no field of this name.
  case unknownField
  /// The enum has no value of this name.
  case unknownEnumValue(String)
  /// The field, or the map's key, occurs twice.
  case duplicate
  /// Another member of the same oneof is already set.
  case oneofConflict
}

extension JSONProblem: CustomStringConvertible {
  /// The problem in words, lower case.
  package var description: String {
    switch self {
    case .syntax(let offset): "not valid JSON at byte \(offset)"
    case .expected(let form): "expected \(form)"
    case .outOfRange(let type): "out of range for \(type)"
    case .unknownField: "unknown field"
    case .unknownEnumValue(let name): "unknown value \"\(name)\""
    case .duplicate: "given twice"
    case .oneofConflict: "another member of the same oneof is given too"
    }
  }
}

extension ProtoError {
  /// The field in which something is wrong; empty where it is the message as a whole.
  package var path: String {
    switch self {
    case .invalidString(let path), .json(let path, _), .unknownType(let path, _),
      .unrepresentable(let path, _):
      path
    case .malformed, .tooLarge, .tooDeep: ""
    }
  }
}

extension ProtoError: CustomStringConvertible {
  /// The error in words, lower case, behind the path of the field if there is one.
  package var description: String {
    switch self {
    case .malformed(let message): "not a valid \(message)"
    case .invalidString(let path):
      Self.located(path, "not valid UTF-8, or holds a NUL character")
    case .tooLarge(let limit): "the message needs more than \(limit) bytes"
    case .tooDeep(let limit): "nested more than \(limit) deep"
    case .json(let path, let problem): Self.located(path, problem.description)
    case .unknownType(let path, let url): Self.located(path, "unknown type \"\(url)\"")
    case .unrepresentable(let path, let reason): Self.located(path, reason)
    }
  }

  private static func located(_ path: String, _ text: String) -> String {
    path.isEmpty ? text : "\(path): \(text)"
  }
}
