package import MeshAPI
package import MeshCrypto
import MeshProto

/// Mints the signed caller contexts that services trust: the edge's half.
package struct CallerSigner: Sendable {
  /// How long a context is valid.
  package static let lifetime: Micros = 60_000_000

  private let key: Ed25519PrivateKey
  private let keyID: String

  /// Signs with `key`; services find its public half by the key's id.
  package init(_ key: Ed25519PrivateKey) {
    self.key = key
    keyID = CallerKeys.id(of: key.publicKey)
  }

  /// The header's bytes for `caller`, valid from `now` for 60 seconds.
  ///
  /// A signature costs tens of microseconds, so the edge keeps the bytes of a session for half
  /// their lifetime; what differs from call to call, the request id, travels in a header of its
  /// own.
  package func sign(_ caller: IdentityV1.Caller, now: Micros) throws(CryptoError) -> [UInt8] {
    var caller = caller
    caller.expiresAt = .init(micros: now + Self.lifetime)
    var signed = IdentityV1.SignedCaller()
    signed.caller = caller.serialized()
    signed.signature = try key.sign(signed.caller)
    signed.keyID = keyID
    return signed.serialized()
  }
}

/// Names for the keys that sign caller contexts.
package enum CallerKeys {
  /// A key's id: the first 16 hexadecimal digits of the SHA-256 of its bytes.
  package static func id(of key: Ed25519PublicKey) -> String {
    String(SHA256.digest(of: key.rawBytes).hex.prefix(16))
  }
}
