import MeshAPI

/// Follows the pages of a list up to a limit.
struct Paging {
  /// How many rows a list shows when nobody says.
  static let limit = 100
  /// The largest page that a server answers.
  static let pageSizeMax = 1000

  /// How many rows to stop at; nil for all.
  let limit: Int?
  /// How many rows to ask for at once.
  let pageSize: Int
  /// Where to start; empty for the beginning.
  let start: String

  /// Reads the paging flags of a line; throws a failure of usage for what is no number.
  init(_ line: Line) throws(Failure) {
    let limit = try Self.number(line, "limit", 1...Int.max)
    guard limit == nil || !line.isOn("all") else {
      throw .usage("--limit and --all exclude each other")
    }
    self.limit = line.isOn("all") ? nil : limit ?? Self.limit
    pageSize =
      try Self.number(line, "page-size", 1...Self.pageSizeMax)
      ?? min(self.limit ?? Self.pageSizeMax, Self.pageSizeMax)
    start = line.text("page-token") ?? ""
  }

  /// Asks for page after page and hands each on; answers whether there is more than the limit.
  func follow(
    _ request: RequestDraft, _ shape: ListShape,
    ask: ([UInt8]) async throws(Failure) -> [UInt8],
    take: (_ page: Record, _ isLast: Bool) throws(Failure) -> Void
  ) async throws(Failure) -> Bool {
    var token = start
    var count = 0
    while true {
      var page = request
      let size = limit.map { min(pageSize, $0 - count) } ?? pageSize
      for (name, text) in [("page_size", String(size)), ("page_token", token)] {
        if let field = request.type.field(named: name) { try page.set(field, text: text) }
      }
      let answer = Record(try await ask(page.encoded), shape.type)
      let next = answer.text("next_page_token")
      guard next.isEmpty || next != token else {
        throw Failure(.failure, "the server's list goes in a circle")
      }
      count += answer.values(shape.rows).count
      let isLast = next.isEmpty || limit.map { count >= $0 } ?? false
      try take(answer, isLast)
      if isLast { return !next.isEmpty }
      token = next
    }
  }

  private static func number(
    _ line: Line, _ flag: String, _ bounds: ClosedRange<Int>
  ) throws(Failure) -> Int? {
    guard let text = line.text(flag) else { return nil }
    guard let number = Int(text), bounds.contains(number) else {
      let range =
        bounds.upperBound == Int.max
        ? "\(bounds.lowerBound) or more" : "\(bounds.lowerBound) to \(bounds.upperBound)"
      throw .usage("--\(flag) takes a whole number, \(range), not \"\(text)\"")
    }
    return number
  }
}
