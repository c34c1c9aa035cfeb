import MeshAPI
import MeshProto

/// The canonical JSON of encoded messages, in which every field shows.
enum JSONForm {
  /// Indented, with a newline at its end, or in one line without.
  static func render(
    _ encoded: [UInt8], _ type: MessageDescriptor, isPretty: Bool
  ) throws(Failure) -> [UInt8] {
    var options = JSONOptions()
    options.includeDefaults = true
    options.pretty = isPretty
    options.types = Catalog.types
    do {
      return try encoded.span.withUnsafeBytes { (bytes) throws(ProtoError) in
        try type.json(bytes: bytes, options: options)
      }
    } catch .tooLarge {
      throw Failure(
        .failure, "the answer is too large for one JSON text",
        notes: ["print one line for each row: -o jsonl"])
    } catch {
      throw Failure(.failure, "the answer cannot be shown as JSON: \(error)")
    }
  }
}
