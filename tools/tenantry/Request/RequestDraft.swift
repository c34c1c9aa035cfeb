import MeshAPI
import MeshProto

/// A request that is being filled in; what is given later wins.
struct RequestDraft {
  let type: MessageDescriptor
  /// Parts of the encoded message, each with a field: one behind the other they are the message.
  private(set) var encoded: [UInt8] = []

  init(_ type: MessageDescriptor) { self.type = type }

  /// Fills a field from the texts that were given for it.
  ///
  /// Throws a failure of usage that names the flag.
  mutating func set(_ parameter: Parameter, _ texts: [String]) throws(Failure) {
    guard let field = parameter.field else { return }
    var values: [String] = []
    for text in texts { values.append(try FieldText.json(text, for: parameter)) }
    let value = field.isRepeated ? "[\(values.joined(separator: ","))]" : values.last ?? "null"
    do {
      let part = try Self.bytes(JSONText.object([(field.name, value)]), type)
      encoded = WireEdit.removing(field.number, from: encoded) + part
    } catch {
      throw .usage("\(parameter.label): \(error)")
    }
  }

  /// Fills a text field by its descriptor.
  mutating func set(_ field: FieldDescriptor, text: String) throws(Failure) {
    let parameter = Parameter(field, of: type)
    try set(parameter, [text])
  }

  /// Fills in everything that a JSON text says.
  mutating func merge(json: [UInt8], from file: String) throws(Failure) {
    do {
      encoded += try json.span.withUnsafeBytes { (bytes) throws(ProtoError) in
        try type.bytes(json: bytes, options: Self.options)
      }
    } catch {
      throw .usage("\(file): \(error)")
    }
  }

  /// The encoding of a JSON text.
  static func bytes(_ json: String, _ type: MessageDescriptor) throws(ProtoError) -> [UInt8] {
    try Array(json.utf8).span.withUnsafeBytes { (bytes) throws(ProtoError) in
      try type.bytes(json: bytes, options: options)
    }
  }

  private static let options: JSONOptions = {
    var options = JSONOptions()
    options.types = Catalog.types
    return options
  }()
}
