import Testing

@testable import MeshCrypto

@Suite("UUIDs")
struct UUIDTests {
  @Test("RFC 9562's example comes out of its time and random bits")
  func example() {
    // Appendix A.6: time 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    let random = UInt128(0xcc3) << 64 | 0x18c4_dc0c_0c07_398f
    let uuid = UUIDv7.make(milliseconds: 0x017f_22e2_79b0, random: random)
    #expect(uuid.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    #expect(UUIDv7.milliseconds(of: uuid) == 0x017f_22e2_79b0)
  }

  @Test("excess random bits cannot touch version, variant or time")
  func excessBits() {
    let uuid = UUIDv7.make(milliseconds: 0, random: .max)
    #expect(uuid.description == "00000000-0000-7fff-bfff-ffffffffffff")
  }

  @Test("later ids sort after earlier ones, as values and as text")
  func order() {
    let earlier = UUIDv7.make(milliseconds: 1_700_000_000_000)
    let later = UUIDv7.make(milliseconds: 1_700_000_000_001)
    #expect(earlier < later)
    #expect(earlier.description < later.description)
  }

  @Test("text is read in either case and written in lower case")
  func text() throws {
    let uuid = try #require(UUIDValue("9B1DEB4D-3B7D-4BAD-9BDD-2B0D7B3DCB6D"))
    #expect(uuid.description == "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d")
    #expect(uuid.version == 4)
    #expect(UUIDv7.milliseconds(of: uuid) == nil)
  }

  @Test(
    "malformed text is refused",
    arguments: [
      "", "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6",
      "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6dd", "{b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6}",
      "9b1deb4d-3b7d-4bad-9bdd02b0d7b3dcb6d", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcbég",
    ])
  func malformed(text: String) {
    #expect(UUIDValue(text) == nil)
  }
}
