import MeshIO
import MeshKit
import MeshTLS
import MeshText

/// Texts with a grammar: addresses, names, base64, page tokens, filters.
enum TextTargets {
  static let all = [
    FuzzTarget(name: "address", run: address),
    FuzzTarget(name: "base64", run: base64),
    FuzzTarget(name: "spiffe-id", run: spiffeID),
    FuzzTarget(name: "page-token", run: pageToken),
    FuzzTarget(name: "filter", run: filter),
  ]

  private static func address(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let address = try? SocketAddress(parsing: text) else { return }  // Refused.
    let again = try? SocketAddress(parsing: address.description)  // Nil breaks the promise.
    require(again == address, "an address is read as it is written")
  }

  /// The first byte chooses the alphabet and the padding.
  private static func base64(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let alphabet: Base64.Alphabet = [.standard, .url, .either][Int(first) % 3]
    let padding: Base64.Padding = [.required, .forbidden, .optional][Int(first) / 3 % 3]
    let text = Array(bytes.dropFirst())
    let isPadded = text.last == UInt8(ascii: "=")
    if let found = text.withUnsafeBytes({
      Base64.decode($0, alphabet: alphabet, padding: padding)
    }), alphabet != .either {
      let again = Base64.encode(found, alphabet: alphabet, padded: isPadded)
      require(
        again.utf8.elementsEqual(text), "bytes have one text in one alphabet and padding")
    }
    let encoded = Base64.encode(text, alphabet: alphabet, padded: padding == .required)
    require(
      Base64.decode(encoded, alphabet: alphabet, padding: padding) == text,
      "a text of ours can be read")
  }

  private static func spiffeID(_ bytes: [UInt8]) {
    guard let id = SPIFFEID(String(decoding: bytes, as: UTF8.self)) else { return }  // Refused.
    require(SPIFFEID.isTrustDomain(id.trustDomain), "a name is in a trust domain")
    require(SPIFFEID(id.description) == id, "a name is read as it is written")
    require(
      id.description.utf8.elementsEqual(bytes), "a name has one spelling")
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
