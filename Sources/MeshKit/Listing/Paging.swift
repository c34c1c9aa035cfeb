import MeshText

/// Keyset paging: a page token remembers the last row's key and which list it belongs to.
///
/// A token is opaque, not secret: it can only make the caller's own list start elsewhere.
package enum Paging {
  /// Rows on a page when the caller does not say.
  package static let standardSize = 50
  /// The most rows on a page.
  package static let sizeLimit = 1000
  /// The longest token, in characters.
  package static let tokenLimit = 2048

  /// One page as it was asked for.
  package struct Page: Sendable, Equatable {
    /// How many rows to answer; ask for one more to know whether there is a next page.
    package let limit: Int
    /// The key of the last row of the page before; nil for the first page.
    package let after: [String]?
    fileprivate let origin: UInt64

    /// The token of the page that starts behind `key`; empty when `key` is nil.
    package func next(after key: [String]?) -> String {
      guard let key else { return "" }
      var bytes: [UInt8] = []
      Paging.append(origin, to: &bytes)
      for part in key {
        bytes.append(contentsOf: part.utf8)
        bytes.append(0)
      }
      return Base64.encode(bytes, alphabet: .url, padded: false)
    }
  }

  /// Reads `page_size` and `page_token` of the list named `list` with these other parameters.
  package static func page(
    size: Int32, token: String, list: String, parameters: [String], keyParts: Int = 1
  ) throws -> Page {
    guard size >= 0 else {
      throw RPCErrors.badRequest([FieldViolation("page_size", "page_size is negative")])
    }
    guard size <= sizeLimit else {
      throw RPCErrors.badRequest([
        FieldViolation("page_size", "page_size is \(size); the limit is \(sizeLimit)")
      ])
    }
    let limit = size == 0 ? standardSize : Int(size)
    let origin = fingerprint([list] + parameters)
    guard !token.isEmpty else { return Page(limit: limit, after: nil, origin: origin) }
    let key = try read(token, origin: origin)
    guard key.count == keyParts else { throw malformed }
    return Page(limit: limit, after: key, origin: origin)
  }

  private static func read(_ token: String, origin: UInt64) throws -> [String] {
    guard token.utf8.count <= tokenLimit,
      let bytes = Base64.decode(token, alphabet: .url, padding: .forbidden),
      bytes.count >= 8, bytes.count == 8 || bytes.last == 0
    else { throw malformed }
    guard bytes[..<8].reduce(0, { $0 << 8 | UInt64($1) }) == origin else {
      throw RPCErrors.badRequest([
        FieldViolation("page_token", "page_token belongs to another list or other parameters")
      ])
    }
    return bytes[8...].dropLast().split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static var malformed: any Error {
    RPCErrors.badRequest([FieldViolation("page_token", "page_token is not one of ours")])
  }

  /// FNV-1a over the texts with their lengths: tells lists apart, protects nothing.
  private static func fingerprint(_ texts: [String]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for text in texts {
      for byte in "\(text.utf8.count):\(text)".utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    return hash
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}
