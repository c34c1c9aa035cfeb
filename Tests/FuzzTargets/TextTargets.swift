import MeshIO
import MeshKit

/// Texts with a grammar: addresses, page tokens, filters.
enum TextTargets {
  static let all = [
    FuzzTarget(name: "address", run: address),
    FuzzTarget(name: "page-token", run: pageToken),
    FuzzTarget(name: "filter", run: filter),
  ]

  private static func address(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let address = try? SocketAddress(parsing: text) else { return }  // Refused.
    let again = try? SocketAddress(parsing: address.description)  // Nil breaks the promise.
    require(again == address, "an address is read as it is written")
  }

  private static func pageToken(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    _ = try? page(text)  // Almost every token is refused: it names its list by a fingerprint.
    guard let first = try? page("") else { return require(false, "the first page needs no token") }
    // C strings end at NUL, so keys from PostgreSQL have none.
    let key = text.split(separator: "\0").joined()
    let token = first.next(after: [key])
    guard token.utf8.count <= Paging.tokenLimit else { return }
    let next = try? page(token)  // Nil breaks the promise.
    require(next?.after == [key], "a token of ours leads to its key")
  }

  private static func page(_ token: String) throws -> Paging.Page {
    try Paging.page(size: 10, token: token, list: "things", parameters: ["a", "b"])
  }

  private static func filter(_ bytes: [UInt8]) {
    _ = try? Filter(  // Refused.
      String(decoding: bytes, as: UTF8.self),
      fields: [
        .text("name", column: "name"), .uuid("id", column: "id"),
        .boolean("active", column: "active"), .timestamp("created_at", column: "created_at"),
        .enumeration("tier", column: "tier", values: ["TIER_S": "s", "TIER_P": "p"]),
      ])
  }
}
