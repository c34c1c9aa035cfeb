import MeshCrypto
import MeshRPC

/// The credential of a call, as far as the edge keeps it: the token's hash, never the token.
struct BearerToken: Hashable, Sendable {
  /// The longest token, in bytes; ours are far shorter.
  static let sizeLimit = 256

  /// SHA-256 of the token.
  let hash: Digest

  /// Reads `authorization: Bearer <token>`; nil when there is none or it is no such thing.
  init?(_ metadata: Metadata) {
    let hash = metadata.withFirst("authorization") { header -> Digest? in
      guard header.count <= Self.sizeLimit + 7, Self.isBearer(header) else { return nil }
      return SHA256.digest(of: UnsafeRawBufferPointer(rebasing: header[7...]))
    }
    guard let hash, let hash else { return nil }
    self.hash = hash
  }

  /// Whether the header names the scheme, in whatever case (RFC 9110 §11.1).
  private static func isBearer(_ header: UnsafeRawBufferPointer) -> Bool {
    let scheme: StaticString = "bearer "
    guard header.count >= scheme.utf8CodeUnitCount else { return false }
    for index in 0..<scheme.utf8CodeUnitCount {
      let (byte, wanted) = (header[index], scheme.utf8Start[index])
      guard byte == wanted || (65...90).contains(byte) && byte | 0x20 == wanted else {
        return false
      }
    }
    return true
  }
}
