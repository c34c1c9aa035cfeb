import Testing

@testable import MeshCrypto

@Suite("Checksums, comparison and chance")
struct ChecksumTests {
  @Test("CRC-32 gives its published check value")
  func crc32() {
    #expect(CRC32.checksum(of: "123456789") == 0xcbf4_3926)
    #expect(CRC32.checksum(of: [UInt8]()) == 0)
  }

  @Test("constant time comparison tells equal from different")
  func constantTime() {
    #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
    #expect(constantTimeEquals([UInt8](), [UInt8]()))
  }

  @Test("random bytes come in the count asked for and do not repeat")
  func random() {
    #expect(SecureRandom.bytes(0).isEmpty)
    #expect(SecureRandom.bytes(33).count == 33)
    #expect(SecureRandom.bytes(16) != SecureRandom.bytes(16))
    var generator = SecureRandom()
    #expect(generator.next() != generator.next())
  }
}
