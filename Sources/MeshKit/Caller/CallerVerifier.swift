import MeshAPI
package import MeshCrypto
import MeshProto
import MeshText
import Synchronization

/// Checks the signed caller contexts that arrive: every service's half.
///
/// A verification costs about a hundred microseconds, and a session's calls carry the same bytes
/// for half a minute: verified bytes are remembered until they expire, at most 4096 of them.
package final class CallerVerifier: Sendable {
  /// The most contexts that are remembered.
  package static let memoryLimit = 4096
  /// The largest context, in bytes of base64.
  package static let sizeLimit = 8192
  /// How far the edge's clock may run ahead of ours, in microseconds.
  package static let clockSkew: Micros = 5_000_000

  private let keys: [String: Ed25519PublicKey]
  private let now: @Sendable () -> Micros
  private let verified = Mutex<[ContextBytes: Caller]>([:])

  /// Trusts contexts that one of `keys` signed.
  package init(
    keys: [Ed25519PublicKey], now: @escaping @Sendable () -> Micros = Timestamps.now
  ) {
    self.keys = Dictionary(keys.map { (CallerKeys.id(of: $0), $0) }) { first, _ in first }
    self.now = now
  }

  /// The caller whom `header` names, in base64 as it came; nil when it is forged, malformed or
  /// expired.
  package func verify(_ header: [UInt8]) -> Caller? {
    guard header.count <= Self.sizeLimit else { return nil }
    let now = now()
    let context = ContextBytes(bytes: header)
    if let known = verified.withLock({ $0[context] }) { return known.expiresAt > now ? known : nil }
    guard let caller = read(header), caller.expiresAt > now,
      caller.expiresAt <= now + CallerSigner.lifetime + Self.clockSkew
    else { return nil }
    verified.withLock { verified in
      if verified.count >= Self.memoryLimit {
        verified = verified.filter { $0.value.expiresAt > now }
        // All of them live: forget them rather than grow.
        if verified.count >= Self.memoryLimit { verified.removeAll() }
      }
      verified[context] = caller
    }
    return caller
  }

  private func read(_ header: [UInt8]) -> Caller? {
    // What cannot be read is what cannot be verified: the caller learns nothing either way.
    guard
      let bytes = header.withUnsafeBytes({ Base64.decode($0, padding: .optional) }),
      let signed = try? IdentityV1.SignedCaller(bytes: bytes), let key = keys[signed.keyID],
      key.isValid(signed.signature, for: signed.caller),
      let message = try? IdentityV1.Caller(bytes: signed.caller)
    else { return nil }
    return Caller(message)
  }
}

/// A context as it came, as the key under which it is remembered.
///
/// An array of bytes would be hashed and compared byte by byte, which costs more than all else that
/// a remembered context does.
private struct ContextBytes: Hashable {
  let bytes: [UInt8]

  func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  static func == (left: Self, right: Self) -> Bool {
    left.bytes.withUnsafeBytes { left in right.bytes.withUnsafeBytes { left.equals($0) } }
  }
}
