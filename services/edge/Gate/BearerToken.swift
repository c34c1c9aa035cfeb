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
    guard let header = metadata.first("authorization"), header.utf8.count <= Self.sizeLimit + 7,
      header.prefix(7).lowercased() == "bearer "
    else { return nil }
    hash = SHA256.digest(of: Array(header.dropFirst(7).utf8))
  }
}
