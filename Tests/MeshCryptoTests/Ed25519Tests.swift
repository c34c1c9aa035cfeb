import MeshText
import Testing

@testable import MeshCrypto

@Suite("Ed25519")
struct Ed25519Tests {
  // RFC 8032 section 7.1, tests 1 to 3.
  static let vectors: [(seed: String, publicKey: String, message: String, signature: String)] = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test("RFC 8032's keys make its signatures", arguments: vectors)
  func knownSignatures(
    seed: String, publicKey: String, message: String, signature: String
  ) throws {
    let key = try Ed25519PrivateKey(rawBytes: #require(Hex.decode(seed)))
    let message = try #require(Hex.decode(message))
    #expect(Hex.encode(key.publicKey.rawBytes) == publicKey)
    #expect(Hex.encode(key.rawBytes) == seed)
    let made = try key.sign(message)
    #expect(Hex.encode(made) == signature)
    #expect(key.publicKey.isValid(made, for: message))
    #expect(!key.publicKey.isValid(made, for: message + [1]))
    #expect(!key.publicKey.isValid([UInt8](made.dropLast()), for: message))
  }

  @Test("a generated key survives its PEM text and verifies its own signatures only")
  func generated() throws {
    let key = try Ed25519PrivateKey()
    let same = try Ed25519PrivateKey(pem: key.pem)
    #expect(same.rawBytes == key.rawBytes)
    #expect(try Ed25519PublicKey(pem: key.publicKey.pem) == key.publicKey)
    let signature = try key.sign([1, 2, 3])
    #expect(same.publicKey.isValid(signature, for: [1, 2, 3]))
    #expect(try !Ed25519PrivateKey().publicKey.isValid(signature, for: [1, 2, 3]))
  }

  @Test("what is no Ed25519 key is refused with the reason")
  func refusals() throws {
    let key = try Ed25519PrivateKey().publicKey.pem
    #expect(throws: CryptoError.wrongLength(expected: 32, actual: 31)) {
      try Ed25519PrivateKey(rawBytes: [UInt8](repeating: 0, count: 31))
    }
    #expect(throws: CryptoError.wrongLength(expected: 32, actual: 0)) {
      try Ed25519PublicKey(rawBytes: [])
    }
    #expect(throws: CryptoError.missingFromPEM("public key")) {
      try Ed25519PublicKey(pem: "nothing")
    }
    #expect(throws: CryptoError.missingFromPEM("private key")) {
      try Ed25519PrivateKey(pem: key)
    }
    #expect(
      throws: CryptoError.unreadable(path: "/nowhere", reason: "No such file or directory")
    ) { try Ed25519PrivateKey(pemFile: "/nowhere") }
  }
}
