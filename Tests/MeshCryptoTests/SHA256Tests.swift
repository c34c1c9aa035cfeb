import Testing

@testable import MeshCrypto

@Suite("SHA-256 and HMAC")
struct SHA256Tests {
  // NIST FIPS 180-4 examples and CAVP short messages.
  static let vectors: [(message: String, digest: String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]

  @Test("NIST's messages have NIST's digests", arguments: vectors)
  func knownDigests(message: String, digest: String) {
    #expect(SHA256.digest(of: message).hex == digest)
    #expect(SHA256.digest(of: [UInt8](message.utf8)).hex == digest)
  }

  @Test("a million times a, added piece by piece, has NIST's digest")
  func millionBytes() {
    var hash = SHA256()
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 997)
    var left = 1_000_000
    while left > 0 {
      hash.update([UInt8](piece.prefix(left)))
      left -= min(left, piece.count)
    }
    #expect(
      hash.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("a copy of an unfinished digest goes its own way")
  func copies() {
    var left = SHA256()
    left.update("ab")
    var right = left
    left.update("c")
    right.update("d")
    #expect(left.finalize() == SHA256.digest(of: "abc"))
    #expect(right.finalize() == SHA256.digest(of: "abd"))
    #expect(left.finalize() == SHA256.digest(of: "abc"))
  }

  @Test("a digest keeps its bytes, its hex and their order")
  func digestForms() throws {
    let bytes = [UInt8](0..<32)
    let digest = try #require(Digest(bytes))
    #expect(digest.bytes == bytes)
    #expect(digest.hex == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    #expect(Digest(hex: digest.hex) == digest)
    #expect(try digest < #require(Digest([1] + bytes.dropFirst())))
    #expect(Digest([UInt8](0..<31)) == nil)
    #expect(Digest(hex: "00") == nil)
  }

  // RFC 4231 section 4, cases 1, 2, 3, 4, 6 and 7.
  static let codes: [(key: [UInt8], message: [UInt8], code: String)] = [
    (
      [UInt8](repeating: 0x0b, count: 20), [UInt8]("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      [UInt8]("Jefe".utf8), [UInt8]("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      [UInt8](1...25), [UInt8](repeating: 0xcd, count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      [UInt8]("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      [UInt8](
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test("RFC 4231's messages have its codes", arguments: codes)
  func knownCodes(key: [UInt8], message: [UInt8], code: String) throws {
    let authenticator = HMACSHA256(key: key)
    #expect(authenticator.code(for: message).hex == code)
    let expected = try #require(Digest(hex: code))
    #expect(authenticator.isValid(expected, for: message))
    #expect(!authenticator.isValid(expected, for: message + [0]))
  }
}
