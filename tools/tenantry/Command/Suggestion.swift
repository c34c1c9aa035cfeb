/// Finds what somebody may have meant.
enum Suggestion {
  /// The commands or groups that resemble what was typed, best first; at most three.
  ///
  /// Behind the words of a command there may be arguments, so fewer words are tried too.
  static func commands(near typed: [String], in table: CommandTable) -> [String] {
    for count in stride(from: min(typed.count, 3), through: 1, by: -1) {
      let candidates = Set(
        table.commands.filter { $0.words.count >= count }
          .map { $0.words.prefix(count).joined(separator: " ") })
      let near = nearest(to: typed.prefix(count).joined(separator: " "), among: candidates.sorted())
      if !near.isEmpty { return near }
    }
    return []
  }

  /// The candidates that differ from `typed` in few letters, best first; at most three.
  static func nearest(to typed: String, among candidates: [String]) -> [String] {
    let limit = max(2, typed.count / 5)
    return candidates.map { ($0, distance(typed, $0)) }.filter { $0.1 <= limit }
      .sorted { $0.1 < $1.1 }.prefix(3).map(\.0)
  }

  /// How many letters must be added, left out, replaced or swapped with their neighbour to make one
  /// text of the other (restricted Damerau–Levenshtein distance).
  static func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one), Array(other))
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for row in one.indices {
      var current = [row + 1]
      for column in other.indices {
        var best = min(last[column + 1], current[column]) + 1
        best = min(best, last[column] + (one[row] == other[column] ? 0 : 1))
        if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[other.count]
  }
}
