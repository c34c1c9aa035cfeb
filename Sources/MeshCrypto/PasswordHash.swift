import MeshText

/// What one scrypt derivation costs (RFC 7914 section 2).
package struct ScryptParameters: Sendable, Hashable {
  /// The binary logarithm of the cost N.
  package let logN: Int
  /// The block size factor.
  package let r: Int
  /// The parallelisation factor.
  package let p: Int

  /// OWASP's first choice: N = 2^17, r = 8, p = 1; 128 MiB and about a third of a second.
  package static let owasp = ScryptParameters(unchecked: 17, r: 8, p: 1)

  /// The most memory, in bytes, that one derivation may take, so that a forged hash cannot exhaust
  /// us.
  package static let maximumMemory = 320 << 20

  /// Takes parameters within 1...20 for `logN` and 1...32 for the others, and within the memory
  /// limit.
  package init(logN: Int, r: Int, p: Int) throws(CryptoError) {
    guard (1...20).contains(logN), (1...32).contains(r), (1...32).contains(p) else {
      throw .unacceptableParameters
    }
    self.init(unchecked: logN, r: r, p: p)
    guard memory <= Self.maximumMemory else { throw .unacceptableParameters }
  }

  private init(unchecked logN: Int, r: Int, p: Int) {
    self.logN = logN
    self.r = r
    self.p = p
  }

  /// The memory, in bytes, that one derivation takes: p blocks of 128r, N of them, and two to work
  /// in.
  package var memory: Int {
    128 * r * (p + (1 << logN) + 2)
  }
}

/// A salted scrypt hash of a password, with its parameters, as it is stored.
///
/// Hashing and verifying take 128 MiB and about a third of a second: run them off the event loop.
package struct PasswordHash: Sendable, Equatable, CustomStringConvertible {
  private static let saltByteCount = 16
  private static let hashByteCount = 32

  /// What verifying against this hash costs.
  package let parameters: ScryptParameters
  private let salt: [UInt8]
  private let hash: [UInt8]

  /// Hashes `password` (its UTF-8, as it comes) under a fresh salt.
  package static func scrypt(
    _ password: String, parameters: ScryptParameters = .owasp
  ) throws(CryptoError) -> PasswordHash {
    let salt = SecureRandom.bytes(saltByteCount)
    let hash = try Scrypt.derive(
      password: [UInt8](password.utf8), salt: salt, parameters: parameters, count: hashByteCount)
    return PasswordHash(parameters: parameters, salt: salt, hash: hash)
  }

  private init(parameters: ScryptParameters, salt: [UInt8], hash: [UInt8]) {
    self.parameters = parameters
    self.salt = salt
    self.hash = hash
  }

  /// Reads `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`, with salt and hash in base64 without padding.
  package init(encoded: String) throws(CryptoError) {
    let fields = encoded.split(separator: "$", omittingEmptySubsequences: false)
    guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt" else {
      throw .malformedPasswordHash
    }
    let numbers = fields[2].split(separator: ",", omittingEmptySubsequences: false)
    guard numbers.count == 3,
      let logN = Self.number(numbers[0], named: "ln="),
      let r = Self.number(numbers[1], named: "r="),
      let p = Self.number(numbers[2], named: "p="),
      let salt = Base64.decode(String(fields[3]), padding: .forbidden), salt.count >= 8,
      let hash = Base64.decode(String(fields[4]), padding: .forbidden), hash.count >= 16
    else { throw .malformedPasswordHash }
    self.init(
      parameters: try ScryptParameters(logN: logN, r: r, p: p), salt: salt, hash: hash)
  }

  /// The hash as `init(encoded:)` reads it.
  package var encoded: String {
    let salt = Base64.encode(salt, padded: false)
    let hash = Base64.encode(hash, padded: false)
    return "$scrypt$ln=\(parameters.logN),r=\(parameters.r),p=\(parameters.p)$\(salt)$\(hash)"
  }

  /// The parameters only, so that a hash does not end up in a log.
  package var description: String {
    "scrypt(ln=\(parameters.logN), r=\(parameters.r), p=\(parameters.p))"
  }

  /// Says whether `password` is the one that was hashed, comparing in constant time.
  package func isValid(for password: String) throws(CryptoError) -> Bool {
    let candidate = try Scrypt.derive(
      password: [UInt8](password.utf8), salt: salt, parameters: parameters, count: hash.count)
    return constantTimeEquals(candidate, hash)
  }

  /// Says whether the hash should be made anew, at the next sign-in, with parameters `wanted`.
  package func needsRehash(for wanted: ScryptParameters = .owasp) -> Bool {
    parameters != wanted || salt.count != Self.saltByteCount || hash.count != Self.hashByteCount
  }

  private static func number(_ field: Substring, named name: String) -> Int? {
    guard field.hasPrefix(name) else { return nil }
    return Int(field.dropFirst(name.count))
  }
}
