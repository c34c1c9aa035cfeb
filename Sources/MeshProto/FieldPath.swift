extension MessageDescriptor {
  /// Adds to an error of reading where in `message` the broken string is.
  ///
  /// Reading itself keeps no path, so that a good message does not pay for it.
  package func locating(_ error: ProtoError, in message: UnsafeRawPointer) -> ProtoError {
    guard error == .invalidString(path: "") else { return error }
    return .invalidString(path: FieldPath.ofInvalidString(in: CMessage(message)) ?? "")
  }
}

extension String {
  /// The text as an error may repeat it, which came from outside: 64 characters at most, none of
  /// them a control character.
  var excerpt: String {
    let scalars = unicodeScalars.prefix(64).map { scalar -> Unicode.Scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
    }
    let start = String(String.UnicodeScalarView(scalars))
    return unicodeScalars.count > 64 ? start + "…" : start
  }
}

/// The place of a value in a message, as errors name it: "tenant.labels[\"a\"].names[2]".
struct FieldPath {
  private var steps: [String] = []

  var text: String { steps.joined() }

  mutating func push(_ field: FieldDescriptor) {
    steps.append(steps.isEmpty ? field.jsonName : "." + field.jsonName)
  }

  mutating func push(index: Int) { steps.append("[\(index)]") }

  mutating func push(key: String) { steps.append("[\"\(key.excerpt)\"]") }

  mutating func push(name: String) {
    steps.append(steps.isEmpty ? name.excerpt : "." + name.excerpt)
  }

  mutating func pop() { steps.removeLast() }

  /// The first string that cannot be read; nil if all can.
  static func ofInvalidString(in message: CMessage) -> String? {
    var path = FieldPath()
    return path.findsInvalidString(in: message) ? path.text : nil
  }

  private mutating func findsInvalidString(in message: CMessage) -> Bool {
    for index in 0..<message.fieldCount {
      let field = message.field(at: index)
      guard field.kind == .string || field.kind == .message else { continue }
      push(field)
      if field.isRepeated {
        for element in 0..<message.count(field) {
          push(index: element)
          if let slot = message.element(field, element), isInvalid(field, slot) { return true }
          pop()
        }
      } else if message.isSet(field), isInvalid(field, message.slot(field)) {
        return true
      }
      pop()
    }
    return false
  }

  private mutating func isInvalid(_ field: FieldDescriptor, _ slot: UnsafeRawPointer) -> Bool {
    if field.kind == .message {
      guard let nested = slot.load(as: UnsafeRawPointer?.self) else { return false }
      return findsInvalidString(in: CMessage(nested))
    }
    do throws(ProtoError) {
      _ = try ProtoReader.string(slot.load(as: UnsafePointer<CChar>?.self))
      return false
    } catch {
      return true
    }
  }
}
