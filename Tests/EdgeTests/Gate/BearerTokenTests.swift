import MeshCrypto
import MeshRPC
import Testing

@testable import Edge

@Suite("Bearer tokens")
struct BearerTokenTests {
  private static func token(_ header: [UInt8]) -> BearerToken? {
    var metadata = Metadata()
    header.withUnsafeBytes { metadata.add($0, for: "authorization") }
    return BearerToken(metadata)
  }

  @Test(
    "a token is what follows its scheme, in whatever case that is, and is kept as its hash",
    arguments: ["Bearer abc", "bearer abc", "BEARER  a b ", "bEaReR "])
  func accepted(header: String) {
    let token = Self.token(Array(header.utf8))
    #expect(token?.hash == SHA256.digest(of: Array(header.utf8.dropFirst(7))))
  }

  @Test(
    "what is no token is none",
    arguments: [
      "", "b", "bearer", "Basic YTpi", "bearer\tabc", "xbearer abc", "bearer:abc", "\u{62}earer_x",
      // One bit away from a letter each.
      "\u{42}eare\u{12} a", "\u{02}earer a", "Be!rer a",
    ])
  func refused(header: String) {
    #expect(Self.token(Array(header.utf8)) == nil)
  }

  @Test("a token has at most 256 bytes", arguments: [(256, true), (257, false), (100_000, false)])
  func limit(size: Int, isToken: Bool) {
    let header = Array("Bearer ".utf8) + [UInt8](repeating: UInt8(ascii: "t"), count: size)
    #expect((Self.token(header) != nil) == isToken)
  }

  @Test("of two headers the first counts")
  func first() {
    var metadata = Metadata()
    metadata.add("Basic YTpi", for: "authorization")
    metadata.add("Bearer abc", for: "authorization")
    #expect(BearerToken(metadata) == nil)
    #expect(BearerToken(Metadata()) == nil)
  }
}
