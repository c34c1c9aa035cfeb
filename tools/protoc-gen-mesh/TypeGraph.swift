/// Which messages contain which, in line.
///
/// A Swift struct cannot contain itself; lists and maps lie elsewhere and break the circle.
struct TypeGraph {
  private let edges: [String: [String]]

  init(_ schema: Schema) {
    edges = schema.messages.mapValues { message in
      message.fields.compactMap { field in
        guard !field.isRepeated, case .message(let type) = field.type else { return nil }
        return type
      }
    }
  }

  /// Whether a value of `type` can contain a value of `message` in line.
  func contains(_ type: String, _ message: String) -> Bool {
    var seen: Set<String> = []
    var open = [type]
    while let next = open.popLast() {
      if next == message { return true }
      guard seen.insert(next).inserted else { continue }
      open += edges[next] ?? []
    }
    return false
  }
}
