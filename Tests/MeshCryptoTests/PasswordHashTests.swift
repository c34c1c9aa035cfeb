import MeshText
import Testing

@testable import MeshCrypto

@Suite("scrypt and password hashes")
struct PasswordHashTests {
  static let cheap = try? ScryptParameters(logN: 4, r: 8, p: 1)

  // RFC 7914 section 12; the fourth vector takes 1 GiB, which the limit forbids.
  static let vectors: [(password: String, salt: String, cost: [Int], key: String)] = [
    (
      "", "", [4, 1, 1],
      "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
    ),
    (
      "password", "NaCl", [10, 8, 16],
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    ),
    (
      "pleaseletmein", "SodiumChloride", [14, 8, 1],
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    ),
  ]

  @Test("RFC 7914's passwords derive its keys", arguments: vectors)
  func knownKeys(password: String, salt: String, cost: [Int], key: String) throws {
    let derived = try Scrypt.derive(
      password: [UInt8](password.utf8), salt: [UInt8](salt.utf8),
      parameters: ScryptParameters(logN: cost[0], r: cost[1], p: cost[2]), count: 64)
    #expect(Hex.encode(derived) == key)
  }

  @Test("a hash at the recommended cost verifies its password, also after storage")
  func recommendedCost() throws {
    let hash = try PasswordHash.scrypt("correct horse")
    #expect(hash.encoded.hasPrefix("$scrypt$ln=17,r=8,p=1$"))
    let stored = try PasswordHash(encoded: hash.encoded)
    #expect(stored == hash)
    #expect(try stored.isValid(for: "correct horse"))
    #expect(!stored.needsRehash())
  }

  @Test("another password is refused, and the same one hashes differently each time")
  func saltAndMismatch() throws {
    let cheap = try #require(Self.cheap)
    let hash = try PasswordHash.scrypt("a", parameters: cheap)
    #expect(try !hash.isValid(for: "b"))
    #expect(try !hash.isValid(for: ""))
    #expect(try PasswordHash.scrypt("a", parameters: cheap) != hash)
    #expect(hash.needsRehash())
    #expect(!hash.needsRehash(for: cheap))
    #expect(hash.description == "scrypt(ln=4, r=8, p=1)")
  }

  @Test(
    "a malformed hash is refused",
    arguments: [
      "", "$scrypt$", "$argon2id$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=4,r=8$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$r=8,ln=4,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=4,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAA",
      "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAAAA",
    ])
  func malformed(encoded: String) {
    #expect(throws: CryptoError.malformedPasswordHash) { try PasswordHash(encoded: encoded) }
  }

  @Test(
    "parameters that would take more memory or time than we spend are refused",
    arguments: [[19, 8, 1], [20, 8, 1], [62, 8, 1], [0, 8, 1], [14, 33, 1], [14, 8, 0]])
  func expensive(cost: [Int]) {
    #expect(throws: CryptoError.unacceptableParameters) {
      try PasswordHash(
        encoded: "$scrypt$ln=\(cost[0]),r=\(cost[1]),p=\(cost[2])"
          + "$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA")
    }
  }
}
