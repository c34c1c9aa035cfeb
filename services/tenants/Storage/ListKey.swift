import MeshSQL

/// Where a page of a list that runs newest first ends.
struct ListKey: Sendable, Equatable {
  let createdAt: Micros
  let id: String

  /// Names the last row of a page.
  init(createdAt: Micros, id: String) {
    self.createdAt = createdAt
    self.id = id
  }

  /// Reads the parts of a page token; nil when they are none of a key.
  init?(_ parts: [String]) {
    guard parts.count == 2, let createdAt = Micros(parts[0]), let id = SQLUUID(parts[1]) else {
      return nil
    }
    self.init(createdAt: createdAt, id: id.description)
  }

  /// What a page token keeps.
  var parts: [String] { [String(createdAt), id] }

  /// The rows behind `key` by `created_at` and the column `id`; all of them without a key.
  static func condition(_ key: ListKey?, id column: String) -> SQL {
    guard let key else { return "TRUE" }
    let time = SQLTimestamp(microseconds: key.createdAt)
    return "(created_at, \(identifier: column)) < (\(time), \(key.id)::uuid)"
  }
}
